import userEvent from '@testing-library/user-event'
import { render, screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import KConfirm from './KConfirm.vue'

const ask = () =>
  render(KConfirm, { props: { open: true, title: 'Leave?', description: 'You stop seeing it.', action: 'Leave' } })

describe('a question before something happens', () => {
  it('says what will happen, and confirms', async () => {
    const { emitted } = ask()
    expect((await screen.findByRole('dialog', { name: 'Leave?' })).textContent).toContain('You stop seeing it.')
    await userEvent.click(screen.getByRole('button', { name: 'Leave' }))
    expect(emitted('confirm')).toHaveLength(1)
  })

  it('closes without confirming by its other button or Escape', async () => {
    const { emitted } = ask()
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel' }))
    await userEvent.keyboard('{Escape}')
    expect(emitted('update:open')?.[0]).toEqual([false])
    expect(emitted('confirm')).toBeUndefined()
  })
})
