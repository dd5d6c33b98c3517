import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { toasts } from '@/design/toasts'
import { mount, serve, type Call } from '@/testing/render'
import NotesCard from './NotesCard.vue'

const note = (id: string, text: string) => ({ id, text, created_at: '2026-11-01T00:00:00Z' })
const busy = { status: 503, body: { title: 'Busy', status: 503 } }

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

/** A server that keeps notes and tags. */
async function show(refuse: (call: Call) => boolean = () => false) {
  const held = { tags: ['family'], notes: [note('n1', 'Met at the library')] }
  const calls = serve((call) => {
    if (refuse(call)) return busy
    const [, , , kind, what = ''] = call.path.split('/')
    if (call.method === 'PUT') held.tags = [...held.tags, decodeURIComponent(what)]
    if (call.method === 'DELETE' && kind === 'tags') held.tags = held.tags.filter((tag) => tag !== what)
    if (call.method === 'DELETE' && kind === 'notes') held.notes = held.notes.filter(({ id }) => id !== what)
    if (call.method === 'POST') held.notes = [note('n2', (call.body as { text: string }).text), ...held.notes]
    return { body: held }
  })
  const view = await mount(NotesCard, { props: { id: '1' } })
  return { calls, changes: () => calls.filter(({ method }) => method !== 'GET'), ...view }
}

describe('notes on a person', () => {
  it('are added, without the space around them, and shown', async () => {
    const { changes } = await show()
    const field = await screen.findByRole('textbox', { name: 'New note' })
    await userEvent.type(field, ' Plays chess ')
    await userEvent.click(screen.getByRole('button', { name: 'Add note' }))
    expect(await screen.findByText('Plays chess')).toBeDefined()
    expect(changes()).toMatchObject([{ method: 'POST', path: '/people/1/notes', body: { text: 'Plays chess' } }])
    expect(field).toHaveProperty('value', '')
  })

  it('cannot be added while there is nothing in them', async () => {
    await show()
    await userEvent.type(await screen.findByRole('textbox', { name: 'New note' }), '  ')
    expect(screen.queryByRole('button', { name: 'Add note' })).toBeNull()
  })

  it('are there again when their removal is undone', async () => {
    await show()
    await userEvent.click(await screen.findByRole('button', { name: 'Remove note' }))
    await expect.poll(() => screen.queryByText('Met at the library')).toBeNull()
    expect(toasts.value).toMatchObject([{ text: 'Note removed', action: { label: 'Undo' } }])
    toasts.value[0]?.action?.run()
    expect(await screen.findByText('Met at the library')).toBeDefined()
  })

  it('stay, and it is said why, when they cannot be removed', async () => {
    await show(({ method }) => method === 'DELETE')
    await userEvent.click(await screen.findByRole('button', { name: 'Remove note' }))
    await expect.poll(() => toasts.value).toMatchObject([{ text: 'Busy', tone: 'bad' }])
    expect(screen.getByText('Met at the library')).toBeDefined()
  })

  it('give way to a notice when they cannot be asked for', async () => {
    let isDown = true
    await show(() => isDown)
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
    expect(screen.queryByRole('textbox')).toBeNull()
    isDown = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('Met at the library')).toBeDefined()
  })
})

describe('tags of a person', () => {
  const tags = async () =>
    within(await screen.findByRole('list', { name: 'Tags' }))
      .getAllByRole('listitem')
      .map((item) => item.textContent.trim())

  it('are added by keyboard and shown', async () => {
    const { changes } = await show()
    const field = await screen.findByRole('textbox', { name: 'Add a tag' })
    await userEvent.type(field, ' old friends {Enter}')
    await expect.poll(tags).toEqual(['family', 'old friends'])
    expect(changes()).toMatchObject([{ method: 'PUT', path: '/people/1/tags/old%20friends' }])
    expect(field).toHaveProperty('value', '')
  })

  it('are not sent empty', async () => {
    const { changes } = await show()
    await userEvent.type(await screen.findByRole('textbox', { name: 'Add a tag' }), '  {Enter}')
    expect(changes()).toEqual([])
  })

  it('are removed by the button that names them', async () => {
    await show()
    await userEvent.click(await screen.findByRole('button', { name: 'Remove tag family' }))
    await expect.poll(() => screen.queryByText('family')).toBeNull()
  })

  it('say at their field what is wrong with the one that was typed', async () => {
    await show(({ method }) => method === 'PUT')
    const field = await screen.findByRole('textbox', { name: 'Add a tag' })
    await userEvent.type(field, 'library{Enter}')
    const complaint = await screen.findByRole('alert')
    expect(complaint.textContent).toContain('Busy')
    expect(field.getAttribute('aria-describedby')).toBe(complaint.id)
    expect(field.getAttribute('aria-invalid')).toBe('true')
  })
})
