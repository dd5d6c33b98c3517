import { newKey, unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { toProblem, unreachable } from '@/api/problem'

export type { Counts as ImportCounts } from '@/api/generated'

/** What the document calls a string, narrowed to the words that there are. */
export type Import = Omit<sdk.Import, 'status' | 'stage'> & {
  status: 'queued' | 'running' | 'succeeded' | 'failed'
  stage?: 'reading' | 'applying' | null
}
export const OUTCOMES = ['created', 'merged', 'updated', 'unchanged', 'left_out', 'rejected'] as const
export type Outcome = (typeof OUTCOMES)[number]
export type ReceiptLine = Omit<sdk.Line, 'outcome'> & { outcome: Outcome }
export type Receipt = Omit<sdk.Receipt, 'items'> & { items: ReceiptLine[] }

export const listImports = async () => (await unwrap(sdk.listImports({ query: { limit: 50 } }))).items as Import[]
export const getImport = async (id: string) => (await unwrap(sdk.getImport({ path: { id } }))) as Import

export async function getReceipt(
  id: string,
  outcome: Outcome | undefined,
  cursor: string | undefined,
): Promise<Receipt> {
  // The document does not name the query's parameters.
  const query = { outcome, cursor, limit: 50 } as never
  return (await unwrap(sdk.getReceipt({ path: { id }, query }))) as Receipt
}

/** Sends one file. By hand, because fetch cannot tell how much of a body has gone. */
export function uploadFile(file: File, onSent: (bytes: number) => void): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/imports')
    request.setRequestHeader('Idempotency-Key', newKey())
    request.responseType = 'json'
    request.upload.addEventListener('progress', (event) => onSent(event.loaded))
    request.addEventListener('error', () => reject(unreachable()))
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Import)
      else reject(toProblem(request.response, request.status))
    })
    const body = new FormData()
    body.append('file', file, file.name)
    request.send(body)
  })
}
