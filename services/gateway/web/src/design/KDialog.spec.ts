import { render, screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import KDialog from './KDialog.vue'

const show = (content: string) =>
  render(KDialog, { props: { open: true, title: 'Something' }, slots: { default: content } })

describe('a dialog', () => {
  it('begins in its first field', async () => {
    show('<form><input aria-label="Name" /><input aria-label="Phone" /></form>')
    await expect.poll(() => document.activeElement).toBe(await screen.findByRole('textbox', { name: 'Name' }))
  })

  it('begins at its first button where there is nothing to fill in', async () => {
    show('<p>Really?</p>')
    await expect.poll(() => document.activeElement).toBe(await screen.findByRole('button', { name: 'Close' }))
  })
})
