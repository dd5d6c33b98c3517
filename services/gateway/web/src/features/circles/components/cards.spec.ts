import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { mount, serve } from '@/testing/render'
import { circle, invitation } from '@/testing/samples'
import type { Sharing } from '../api'
import CircleCard from './CircleCard.vue'
import InvitationCard from './InvitationCard.vue'

async function show() {
  serve(() => undefined)
  const accept = vi.fn<(sharing: Sharing) => Promise<void>>(async () => {})
  return { accept, ...(await mount(InvitationCard, { props: { invitation, accept } })) }
}

describe('the card of a circle', () => {
  it('leads to the circle and says who is in it and what I share', async () => {
    const me = {
      account_id: 'me',
      display_name: 'Emmy',
      email: 'emmy@example.org',
      status: 'active',
      me: true,
    } as const
    const pending = {
      id: 'p',
      email: 'bo@example.org',
      created_at: '2026-11-01T00:00:00Z',
      expires_at: '2026-12-01T00:00:00Z',
    }
    await mount(CircleCard, {
      props: { circle: circle({ members: [{ ...me, sharing: 'hidden' }], invitations: [pending] }) },
    })
    expect(screen.getByRole('link', { name: 'Analytical Society' }).getAttribute('href')).toBe('/circles/c1')
    expect(screen.getByText('1 member · 1 invitation open')).toBeDefined()
    expect(screen.getByText('You · Hidden')).toBeDefined()
  })
})

describe('the card of an invitation', () => {
  it('asks what to share before it accepts, and proposes nothing', async () => {
    const { accept } = await show()
    await userEvent.click(screen.getByRole('button', { name: 'Accept' }))
    expect(accept).not.toHaveBeenCalled()
    expect(screen.getByRole('radio', { name: 'Nothing' })).toHaveProperty('checked', true)
    await userEvent.click(screen.getByRole('radio', { name: 'Names' }))
    await userEvent.click(screen.getByRole('button', { name: 'Accept' }))
    expect(accept).toHaveBeenCalledWith('name')
  })

  it('refuses at once', async () => {
    const { emitted } = await show()
    await userEvent.click(screen.getByRole('button', { name: 'Refuse' }))
    expect(emitted('refuse')).toHaveLength(1)
  })
})
