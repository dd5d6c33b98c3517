import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { mount, serve } from '@/testing/render'
import { found } from '@/testing/samples'
import CommandPalette from './CommandPalette.vue'

async function open(text: string, items = [found('1', 'Ada Lovelace')]) {
  serve(() => ({ body: { items, next: null } }))
  const isOpen = vi.fn<(open: boolean) => void>()
  const { router } = await mount(CommandPalette, { props: { open: true, 'onUpdate:open': isOpen } })
  await userEvent.type(await screen.findByRole('textbox', { name: 'Search and commands' }), text)
  return { router, isOpen }
}

describe('the command palette', () => {
  it('opens a person who is found, and closes', async () => {
    const { router, isOpen } = await open('ada')
    await userEvent.click(await screen.findByRole('option', { name: /^(AL)?\s*Ada Lovelace/ }))
    await expect.poll(() => router.currentRoute.value.path).toBe('/people/1')
    expect(isOpen).toHaveBeenLastCalledWith(false)
  })

  it('leads to the paths to the first hit', async () => {
    const { router } = await open('ada')
    await userEvent.click(await screen.findByRole('option', { name: 'How do I reach Ada Lovelace?' }))
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/paths?to=1')
  })

  it('runs by Enter the first command whose words begin as typed', async () => {
    const { router } = await open('imp fi', [])
    expect((await screen.findAllByRole('option')).map((option) => option.textContent.trim())).toEqual(['Import files'])
    await expect.poll(() => document.querySelector('[role=option][data-highlighted]')).not.toBeNull()
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => router.currentRoute.value.name).toBe('import')
  })

  it('says so when nothing matches', async () => {
    await open('zzzz', [])
    expect(await screen.findByText('Nothing matches')).toBeDefined()
  })
})
