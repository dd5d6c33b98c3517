import { describe, expect, it } from 'vitest'
import { serve } from '@/testing/render'
import { createCircle } from '@/features/circles/api'
import { ApiProblem, toProblem } from './problem'

const document = {
  type: 'urn:kith:problem:validation',
  title: 'Some fields are not right',
  status: 422,
  errors: [{ pointer: '/emails/0', detail: 'has no domain' }],
}

describe('a problem', () => {
  it('names its slug and finds the complaint about a field, also inside a list', () => {
    const problem = new ApiProblem(document)
    expect(problem.slug).toBe('validation')
    expect(problem.at('emails')).toBe('has no domain')
    expect(problem.at('email')).toBeUndefined()
  })
  it('is covered only when every complaint is shown at a field', () => {
    expect(new ApiProblem(document).isCoveredBy(['emails'])).toBe(true)
    expect(new ApiProblem(document).isCoveredBy(['name'])).toBe(false)
    expect(new ApiProblem({ ...document, errors: [] }).isCoveredBy(['emails'])).toBe(false)
  })
  it('is made of a network that fails', () => {
    expect(toProblem(new TypeError('Failed to fetch')).slug).toBe('unreachable')
  })
  it('is thrown by a generated call that the server refuses', async () => {
    serve(() => ({ status: 422, body: document }))
    await expect(createCircle('x')).rejects.toMatchObject({ slug: 'validation', status: 422 })
  })
})
