import { newKey, unwrap } from '@/api/client'
import * as sdk from '@/api/generated'
import { toProblem, unreachable } from '@/api/problem'
import { queryOf } from '@/live/answers'

export type {
  Import,
  Receipt,
  Counts as ImportCounts,
  Line as ReceiptLine,
  RecordOutcome as Outcome,
} from '@/api/generated'

export const listImports = async () => (await unwrap(sdk.listImports({ query: { limit: 50 } }))).items
export const myImports = () => queryOf('listImports', [], listImports)
export const importOf = (id: string) => queryOf('getImport', [id], () => unwrap(sdk.getImport({ path: { id } })))

/** Ends one that waits or runs; what was read of its file by then stays. */
export const cancelImport = (id: string) => unwrap(sdk.cancelImport({ path: { id } }))

export const getReceipt = (id: string, outcome: sdk.RecordOutcome | undefined, cursor: string | undefined) =>
  unwrap(sdk.getReceipt({ path: { id }, query: { outcome, cursor, limit: 50 } }))

/** Sends one file. By hand, because fetch cannot tell how much of a body has gone. */
export function uploadFile(file: File, onSent: (bytes: number) => void): Promise<sdk.Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/imports')
    request.setRequestHeader('Idempotency-Key', newKey())
    request.responseType = 'json'
    request.upload.addEventListener('progress', (event) => onSent(event.loaded))
    request.addEventListener('error', () => reject(unreachable()))
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as sdk.Import)
      else reject(toProblem(request.response, request.status))
    })
    const body = new FormData()
    body.append('file', file, file.name)
    request.send(body)
  })
}
