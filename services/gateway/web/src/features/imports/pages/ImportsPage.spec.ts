import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import type { Import } from '../api'
import { progressOf } from '../composables/useImports'
import ImportsPage from './ImportsPage.vue'

const counts = { records: 0, created: 0, merged: 0, updated: 0, unchanged: 0, left_out: 0, rejected: 0 }
const base: Import = {
  id: '1',
  file_name: 'contacts.vcf',
  format: 'vcard',
  status: 'running',
  stage: 'reading',
  created_at: '2026-11-22T00:00:00Z',
  started_at: null,
  finished_at: null,
  bytes_total: 1000,
  bytes_done: 400,
  counts,
  problem: null,
}
const list = (items: Import[]) => ({ body: { items, next: null } })

/** An XMLHttpRequest that sends everything at once and gets the answer it is given. */
function answerUploads(status: number, response: unknown) {
  const sent: FormData[] = []
  class Request extends EventTarget {
    upload = new EventTarget()
    status = status
    response = response
    responseType = ''
    open() {}
    setRequestHeader() {}
    send(body: FormData) {
      sent.push(body)
      queueMicrotask(() => this.dispatchEvent(new Event('load')))
    }
  }
  vi.stubGlobal('XMLHttpRequest', Request)
  return sent
}

describe('the import page', () => {
  it('shows how far a running import is, also after a reload', async () => {
    serve(() => list([base]))
    await mount(ImportsPage, { path: '/import' })
    const bar = await screen.findByRole('progressbar', { name: 'Progress of contacts.vcf' })
    expect(bar.getAttribute('aria-valuenow')).toBe('40')
  })

  it('sends every file that is chosen and shows what became of it', async () => {
    let items: Import[] = []
    serve(() => list(items))
    const sent = answerUploads(202, { ...base, status: 'queued' })
    items = [base]
    await mount(ImportsPage, { path: '/import' })
    const files = ['a.vcf', 'b.csv'].map((name) => new File(['x'], name))
    await userEvent.upload(screen.getByLabelText('Choose files to import'), files, { applyAccept: false })
    await expect.poll(() => sent.length).toBe(2)
    expect(sent.map((body) => (body.get('file') as File).name)).toEqual(['a.vcf', 'b.csv'])
    expect(await screen.findByRole('link', { name: 'Receipt for contacts.vcf' })).toBeDefined()
  })

  it('says why a file was refused, by name, until it is dismissed', async () => {
    serve(() => list([]))
    answerUploads(415, {
      type: 'urn:kith:problem:unsupported-format',
      title: 'Kith cannot read this file',
      detail: 'expected vCard',
      status: 415,
    })
    await mount(ImportsPage, { path: '/import' })
    await userEvent.upload(screen.getByLabelText('Choose files to import'), new File(['x'], 'photo.png'), {
      applyAccept: false,
    })
    expect(await screen.findByText('Kith cannot read this file')).toBeDefined()
    await userEvent.click(screen.getByRole('button', { name: 'Dismiss photo.png' }))
    expect(screen.queryByText('Kith cannot read this file')).toBeNull()
  })
})

/** A server with one running import, which a DELETE ends as the test says. */
function running(answer: { status: number; body?: unknown }) {
  let item = base
  return serve(({ method, path }) => {
    if (method === 'DELETE' && path === '/imports/1') {
      item = { ...base, status: answer.status === 204 ? 'cancelled' : 'succeeded', stage: null }
      return answer
    }
    return list([item])
  })
}
const deletions = (calls: { method: string }[]) => calls.filter(({ method }) => method === 'DELETE').length

describe('cancelling an import', () => {
  it('asks first, and works with the keyboard alone', async () => {
    const calls = running({ status: 204 })
    await mount(ImportsPage, { path: '/import' })
    const button = await screen.findByRole('button', { name: 'Cancel import of contacts.vcf' })
    button.focus()
    await userEvent.keyboard('{Enter}')
    expect(await screen.findByRole('dialog', { name: 'Cancel the import of contacts.vcf?' })).toBeDefined()
    await userEvent.keyboard('{Escape}')
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull()
    expect(deletions(calls)).toBe(0)

    button.focus()
    await userEvent.keyboard('{Enter}')
    const confirm = await screen.findByRole('button', { name: 'Cancel import' })
    confirm.focus()
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => deletions(calls)).toBe(1)
    expect(await screen.findByText('Cancelled')).toBeDefined()
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull()
    expect(screen.queryByRole('button', { name: 'Cancel import of contacts.vcf' })).toBeNull()
  })

  it('keeps importing where the owner thinks better of it', async () => {
    const calls = running({ status: 204 })
    await mount(ImportsPage, { path: '/import' })
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel import of contacts.vcf' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Keep importing' }))
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull()
    expect(deletions(calls)).toBe(0)
  })

  it('says so when the import was faster, and shows how it ended', async () => {
    toasts.value = []
    running({
      status: 409,
      body: { type: 'urn:kith:problem:conflict', title: 'Conflict', detail: 'it was finished before', status: 409 },
    })
    await mount(ImportsPage, { path: '/import' })
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel import of contacts.vcf' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel import' }))
    await expect.poll(() => toasts.value.map(({ text }) => text)).toEqual(['it was finished before'])
    expect(await screen.findByText('Imported')).toBeDefined()
  })

  it('is not offered for what has ended', async () => {
    serve(() => list([{ ...base, status: 'cancelled', stage: null }]))
    await mount(ImportsPage, { path: '/import' })
    expect(await screen.findByText('Cancelled')).toBeDefined()
    expect(screen.queryByRole('button', { name: /Cancel/ })).toBeNull()
  })
})

describe('the progress of an import', () => {
  it('is a part while reading, unknown while applying, whole at the end', () => {
    expect(progressOf(base)).toBe(0.4)
    expect(progressOf({ ...base, stage: 'applying' })).toBeNull()
    expect(progressOf({ ...base, status: 'succeeded' })).toBe(1)
  })
})
