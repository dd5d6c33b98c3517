/** Renders a component as the app would, against a server that the test makes up. */
import { PiniaColada } from '@pinia/colada'
import { render, screen } from '@testing-library/vue'
import { createPinia } from 'pinia'
import { expect, vi } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import '@/api/client'
import { forgetGone } from '@/live/gone'

export interface Call {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  ifMatch: string | null
}
/** `after` keeps the answer back until it is resolved. */
type Answer = { status?: number; body?: unknown; after?: Promise<void> }
type Handler = (call: Call) => Answer | undefined

/** Answers every call of the app with what `handler` says; what it does not know is a 404. */
export function serve(handler: Handler): Call[] {
  const calls: Call[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    const text = await request.text()
    const call: Call = {
      method: request.method,
      path: url.pathname.replace('/api/v1', ''),
      query: url.searchParams,
      body: text ? (JSON.parse(text) as unknown) : undefined,
      ifMatch: request.headers.get('if-match'),
    }
    calls.push(call)
    const {
      status = 200,
      body,
      after,
    } = handler(call) ?? {
      status: 404,
      body: { type: 'urn:kith:problem:not-found', title: 'Not found', status: 404 },
    }
    await after
    const version = (body as { version?: unknown } | undefined)?.version
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: {
        'content-type': status < 400 ? 'application/json' : 'application/problem+json',
        ...(typeof version === 'number' ? { etag: `"${version}"` } : {}),
      },
    })
  })
  return calls
}

const NAMES = ['today', 'people', 'paths', 'import', 'circles', 'reminders', 'settings', 'sign-in', 'sign-up']

export async function mount(component: Component, { path = '/', props = {} }: { path?: string; props?: object } = {}) {
  const page = { render: () => null }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      ...NAMES.map((name) => ({ path: name === 'today' ? '/' : `/${name}`, name, component: page })),
      { path: '/people/:id', name: 'person', component: page },
      { path: '/import/:id', name: 'receipt', component: page },
      { path: '/circles/:id', name: 'circle', component: page },
    ],
  })
  await router.push(path)
  const view = render(component, {
    props,
    global: { plugins: [createPinia(), [PiniaColada, { plugins: [forgetGone] }], router] },
  })
  return { ...view, router }
}

/** Opens a dialog, which then closes when it wants to, as on its page. */
export async function mountDialog(component: Component, props: object = {}) {
  const { rerender, ...view } = await mount(component, {
    props: { ...props, open: false, 'onUpdate:open': (open: boolean) => rerender({ open }) },
  })
  const open = async () => {
    await rerender({ open: true })
    return screen.findByRole('dialog')
  }
  const dialog = await open()
  return { ...view, rerender, open, dialog, closed: () => expect.poll(() => screen.queryByRole('dialog')).toBeNull() }
}
