import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, serve } from '@/testing/render'
import SignUpPage from './SignUpPage.vue'

async function fillIn() {
  const user = userEvent.setup()
  await user.type(screen.getByRole('textbox', { name: 'Your name' }), 'Ada Lovelace')
  await user.type(screen.getByRole('textbox', { name: 'E-mail' }), 'ada@example.org')
  await user.type(screen.getByLabelText('Password'), 'analytical engine')
  await user.click(screen.getByRole('button', { name: 'Create account' }))
}
const account = {
  id: '1',
  email: 'ada@example.org',
  display_name: 'Ada Lovelace',
  time_zone: 'UTC',
  region: null,
  created_at: '2026-01-01T00:00:00Z',
  version: 1,
  addresses: [],
}

describe('the sign-up page', () => {
  it('creates the account, signs in and goes where one was heading', async () => {
    const calls = serve(({ path }) =>
      path === '/accounts' || path === '/me'
        ? { body: account }
        : path === '/sessions'
          ? { status: 201, body: { token: 't', account } }
          : undefined,
    )
    const { router } = await mount(SignUpPage, { path: '/sign-up?next=/circles' })
    await fillIn()
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/circles')
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /accounts',
      'POST /sessions',
      'GET /me',
    ])
    expect(calls[0]?.body).toMatchObject({
      email: 'ada@example.org',
      display_name: 'Ada Lovelace',
      password: 'analytical engine',
    })
  })

  it('shows the server’s complaint at its field', async () => {
    serve(() => ({
      status: 422,
      body: {
        type: 'urn:kith:problem:validation',
        title: 'Not right',
        status: 422,
        errors: [{ pointer: '/password', detail: 'too easy to guess' }],
      },
    }))
    await mount(SignUpPage, { path: '/sign-up' })
    await fillIn()
    const field = await screen.findByLabelText('Password')
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    expect(screen.getByText('too easy to guess')).toBeDefined()
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('says what is wrong when no field is to blame', async () => {
    serve(() => ({
      status: 409,
      body: { type: 'urn:kith:problem:conflict', title: 'This e-mail is taken', status: 409 },
    }))
    await mount(SignUpPage, { path: '/sign-up' })
    await fillIn()
    expect((await screen.findByRole('alert')).textContent).toContain('This e-mail is taken')
  })
})
