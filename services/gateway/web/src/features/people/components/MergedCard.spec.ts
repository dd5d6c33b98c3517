import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { expect, it, vi } from 'vitest'
import { mount } from '@/testing/render'
import MergedCard from './MergedCard.vue'

it('says why a person was merged, and undoes the merge', async () => {
  const unmerge = vi.fn<(mergeId: string) => Promise<boolean>>(async () => true)
  const merged = [
    {
      merge_id: 'm1',
      person_id: '2',
      display_name: 'A. Lovelace',
      with: '1',
      reason: 'same e-mail',
      by: 'rule',
      bits: 16,
      at: '2026-11-01T00:00:00Z',
    },
  ]
  await mount(MergedCard, { props: { merged, unmerge } })
  expect(screen.getByText('same e-mail')).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'Undo merge: A. Lovelace' }))
  expect(unmerge).toHaveBeenCalledWith('m1')
})
