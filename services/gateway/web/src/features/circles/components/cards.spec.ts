import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import { circle, invitation } from '@/testing/samples'
import type { Sharing } from '../api'
import CircleCard from './CircleCard.vue'
import InvitationCard from './InvitationCard.vue'
import MembersCard from './MembersCard.vue'
import SharingCard from './SharingCard.vue'

const emmy = {
  account_id: 'me',
  display_name: 'Emmy',
  email: 'emmy@example.org',
  status: 'active',
  sharing: 'hidden',
  me: true,
} as const
const pending = {
  id: 'p',
  email: 'bo@example.org',
  created_at: '2026-11-01T00:00:00Z',
  expires_at: '2026-12-01T00:00:00Z',
}
const busy = new ApiProblem({ title: 'Busy', status: 503 })
const said = () => toasts.value.map(({ text }) => text)

beforeEach(() => {
  sessionStorage.clear()
  toasts.value = []
})

async function show() {
  serve(() => undefined)
  const accept = vi.fn<(sharing: Sharing) => Promise<void>>(async () => {})
  return { accept, ...(await mount(InvitationCard, { props: { invitation, accept } })) }
}

describe('the card of a circle', () => {
  it('leads to the circle and says who is in it and what I share', async () => {
    await mount(CircleCard, {
      props: { circle: circle({ members: [emmy], invitations: [pending] }) },
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

  it('says what went wrong, keeps what was chosen, and lets go back', async () => {
    const accept = () => Promise.reject(busy)
    await mount(InvitationCard, { props: { invitation, accept } })
    await userEvent.click(screen.getByRole('button', { name: 'Accept' }))
    await userEvent.click(screen.getByRole('radio', { name: 'Names' }))
    await userEvent.click(screen.getByRole('button', { name: 'Accept' }))
    expect((await screen.findByRole('alert')).textContent).toContain('Busy')
    expect(screen.getByRole('radio', { name: 'Names' })).toHaveProperty('checked', true)
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    expect(screen.getByRole('button', { name: 'Refuse' })).toBeDefined()
  })
})

describe('the card of members', () => {
  async function members(invite = async (): Promise<void> => {}, withdraw = async (): Promise<void> => {}) {
    const [invited, withdrawn] = [
      vi.fn<(email: string) => Promise<void>>(invite),
      vi.fn<(id: string) => Promise<void>>(withdraw),
    ]
    const ana = {
      ...emmy,
      account_id: 'ana',
      display_name: 'Ana',
      email: 'ana@example.org',
      sharing: 'name',
      me: false,
    } as const
    await mount(MembersCard, {
      props: { circle: circle({ members: [emmy, ana], invitations: [pending] }), invite: invited, withdraw: withdrawn },
    })
    return { invited, withdrawn, field: screen.getByRole('textbox', { name: 'E-mail address to invite' }) }
  }

  it('says who I am among them and what each shares', async () => {
    await members()
    const rows = within(screen.getByRole('list', { name: 'Members' })).getAllByRole('listitem')
    expect(rows.map((row) => row.textContent.replace(/\s+/g, ' ').trim())).toEqual([
      'Emmy (You)emmy@example.orgsharesHidden',
      'Anaana@example.orgsharesNames',
    ])
  })

  it('invites by e-mail, and has room for the next one', async () => {
    const { invited, field } = await members()
    await userEvent.type(field, ' grace@example.org {Enter}')
    await expect.poll(said).toEqual(['grace@example.org is invited'])
    expect(invited).toHaveBeenCalledWith('grace@example.org')
    expect(field).toHaveProperty('value', '')
  })

  it('does not send what is no address', async () => {
    const { invited, field } = await members()
    await userEvent.type(field, 'grace{Enter}')
    expect(invited).not.toHaveBeenCalled()
    expect(field).toHaveProperty('validity.typeMismatch', true)
  })

  it('says at the field what is wrong with an address', async () => {
    const errors = [{ pointer: '/email', detail: 'they are a member already' }]
    const { field } = await members(() => Promise.reject(new ApiProblem({ title: 'Not valid', status: 422, errors })))
    await userEvent.type(field, 'ana@example.org{Enter}')
    expect(await screen.findByText('they are a member already')).toBeDefined()
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(field).toHaveProperty('value', 'ana@example.org')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('withdraws an invitation by the button that names it, and says how that went', async () => {
    const { withdrawn } = await members()
    await userEvent.click(screen.getByRole('button', { name: 'Withdraw bo@example.org' }))
    expect(withdrawn).toHaveBeenCalledWith('p')
    await expect.poll(said).toEqual(['The invitation is withdrawn'])
  })

  it('says why an invitation stays', async () => {
    await members(undefined, () => Promise.reject(busy))
    await userEvent.click(screen.getByRole('button', { name: 'Withdraw bo@example.org' }))
    await expect.poll(() => toasts.value).toMatchObject([{ text: 'Busy', tone: 'bad' }])
  })
})

describe('the card of what I share', () => {
  async function sharing() {
    const share = vi.fn<(sharing: Sharing) => Promise<void>>(async () => {})
    const view = await mount(SharingCard, { props: { sharing: 'hidden', share } })
    return { share, ...view }
  }
  const undo = () => toasts.value[0]?.action?.run()

  it('says with each level what others see', async () => {
    await sharing()
    const names = screen.getByRole('radio', { name: 'Names' })
    expect(document.getElementById(names.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Others see names and organisations. Never addresses, notes or tags.',
    )
  })

  it('takes a change back by what the message offers', async () => {
    const { share, rerender } = await sharing()
    await userEvent.click(screen.getByRole('radio', { name: 'Names' }))
    await rerender({ sharing: 'name' })
    undo()
    await expect.poll(() => share.mock.calls).toEqual([['name'], ['hidden']])
  })

  it('leaves what was chosen elsewhere since', async () => {
    const { share, rerender } = await sharing()
    await userEvent.click(screen.getByRole('radio', { name: 'Names' }))
    await rerender({ sharing: 'organisation' })
    expect(screen.getByRole('radio', { name: 'Organisations' })).toHaveProperty('checked', true)
    undo()
    expect(said().at(-1)).toBe('Your sharing was changed again since, and stays as it is now')
    expect(share).toHaveBeenCalledOnce()
  })
})
