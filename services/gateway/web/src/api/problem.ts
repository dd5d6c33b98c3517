/** What a page needs to know of a failed call, whatever failed: the server's problem, or the way there. */
export interface FieldProblem {
  pointer: string
  detail: string
}

interface ProblemDocument {
  type?: string
  title?: string
  status?: number
  detail?: string | null
  errors?: FieldProblem[] | null
  request_id?: string | null
}

export class ApiProblem extends Error {
  readonly slug: string
  readonly status: number
  readonly title: string
  readonly detail: string | null
  readonly errors: FieldProblem[]
  readonly requestId: string | null

  constructor(document: ProblemDocument) {
    super(document.detail ?? document.title ?? 'Something went wrong')
    this.name = 'ApiProblem'
    this.slug = (document.type ?? '').split(':').at(-1) || 'unknown'
    this.status = document.status ?? 0
    this.title = document.title ?? 'Something went wrong'
    this.detail = document.detail ?? null
    this.errors = document.errors ?? []
    this.requestId = document.request_id ?? null
  }

  /** The complaint about one field, by its name in the request body. */
  at(field: string): string | undefined {
    return this.errors.find((error) => error.pointer === `/${field}` || error.pointer.startsWith(`/${field}/`))?.detail
  }

  /** True when every complaint belongs to one of these fields, so that no separate message is needed. */
  isCoveredBy(fields: string[]): boolean {
    return (
      this.errors.length > 0 && this.errors.every((error) => fields.some((field) => this.at(field) === error.detail))
    )
  }
}

export const unreachable = () =>
  new ApiProblem({
    type: 'urn:kith:problem:unreachable',
    title: 'Kith cannot be reached',
    detail: 'The server did not answer. Check your connection, then try again.',
  })

function isDocument(value: unknown): value is ProblemDocument {
  return typeof value === 'object' && value !== null && ('title' in value || 'type' in value || 'status' in value)
}

/** Makes a problem of whatever a call left behind. */
export function toProblem(error: unknown, status?: number): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (isDocument(error)) return new ApiProblem({ status, ...error })
  if (status === undefined) return unreachable()
  return new ApiProblem({ status, title: `The server answered with status ${status}` })
}
