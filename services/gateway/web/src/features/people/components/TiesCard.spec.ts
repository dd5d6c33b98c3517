import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { expect, it } from 'vitest'
import type { PersonTie } from '@/api/generated'
import { mount, serve } from '@/testing/render'
import TiesCard from './TiesCard.vue'

const tie = (id: number): PersonTie => ({
  person: { id: `${id}`, display_name: `Person ${id}`, me: false },
  strength: 0.9,
  band: 'strong',
  evidence: [{ kind: 'mail', source: 'mail', summary: '48 two-way mails' }],
})
const ties = (items: PersonTie[]) => serve(() => ({ body: { items, next: null } }))

it('shows the warmest ties with their evidence, and the others when asked', async () => {
  ties(Array.from({ length: 8 }, (_, index) => tie(index)))
  await mount(TiesCard, { props: { id: '1' } })
  expect(await screen.findAllByRole('link')).toHaveLength(6)
  expect(screen.getAllByText('48 two-way mails')).toHaveLength(6)
  await userEvent.click(screen.getByRole('button', { name: 'Show all 8' }))
  expect(screen.getAllByRole('link')).toHaveLength(8)
})

it('says so when somebody has no ties', async () => {
  ties([])
  await mount(TiesCard, { props: { id: '1' } })
  expect(await screen.findByText(/No ties are known yet/)).toBeDefined()
})
