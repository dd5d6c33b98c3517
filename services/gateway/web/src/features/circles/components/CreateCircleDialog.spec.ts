import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import { circle } from '@/testing/samples'
import CreateCircleDialog from './CreateCircleDialog.vue'

beforeEach(() => sessionStorage.clear())

async function submit(answer: { status: number; body: unknown }) {
  const calls = serve(() => answer)
  const view = await mount(CreateCircleDialog, { props: { open: true } })
  await userEvent.type(await screen.findByRole('textbox', { name: 'Name of the circle' }), ' Analytical Society ')
  await userEvent.click(screen.getByRole('button', { name: 'New circle' }))
  return { calls, ...view }
}

describe('the dialog that makes a circle', () => {
  it('makes it by its name and leads to its page', async () => {
    const { calls, router, emitted } = await submit({ status: 201, body: circle() })
    await expect.poll(() => router.currentRoute.value.path).toBe('/circles/c1')
    expect(calls).toMatchObject([{ method: 'POST', path: '/circles', body: { name: 'Analytical Society' } }])
    expect(emitted('update:open')).toEqual([[false]])
  })

  it('says what is wrong, and keeps what was typed', async () => {
    const { emitted } = await submit({ status: 503, body: { title: 'The server is busy', status: 503 } })
    expect((await screen.findByRole('alert')).textContent).toContain('The server is busy')
    expect(screen.getByRole('textbox')).toHaveProperty('value', ' Analytical Society ')
    expect(emitted('update:open')).toBeUndefined()
  })
})
