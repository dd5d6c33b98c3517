import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { mount, serve } from '@/testing/render'
import { found, ofAna, person } from '@/testing/samples'
import MergeDialog from './MergeDialog.vue'

async function open(merge: (other: string, name: string) => Promise<void>) {
  const items = [found('1', 'Ada King'), found('2', 'Ada Lovelace'), found('3', 'Ada Shared', ofAna)]
  serve(() => ({ body: { items, next: null } }))
  const isOpen = vi.fn<(open: boolean) => void>()
  await mount(MergeDialog, { props: { person: person('Ada King'), merge, open: true, 'onUpdate:open': isOpen } })
  return isOpen
}

describe('the dialog that merges two people', () => {
  it('offers others of my own book, but not the person', async () => {
    await open(async () => {})
    await screen.findByRole('button', { name: 'Merge with Ada Lovelace' })
    expect(screen.getAllByRole('button', { name: /^Merge with/ })).toHaveLength(1)
  })

  it('merges with the one that is chosen, and closes', async () => {
    const merge = vi.fn<(other: string, name: string) => Promise<void>>(async () => {})
    const isOpen = await open(merge)
    await userEvent.click(await screen.findByRole('button', { name: 'Merge with Ada Lovelace' }))
    expect(merge).toHaveBeenCalledWith('2', 'Ada Lovelace')
    await expect.poll(() => isOpen.mock.lastCall).toEqual([false])
  })

  it('stays open when merging fails', async () => {
    const isOpen = await open(() => Promise.reject(new Error('no')))
    const button = await screen.findByRole('button', { name: 'Merge with Ada Lovelace' })
    await userEvent.click(button)
    await expect.poll(() => button.getAttribute('aria-busy') ?? 'false').toBe('false')
    expect(isOpen).not.toHaveBeenCalled()
  })
})
