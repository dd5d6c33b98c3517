/** Files on their way to the server. Lives outside any page, so that leaving the page stops nothing. */
import { reactive } from 'vue'
import { newKey } from '@/api/client'
import { toProblem, type ApiProblem } from '@/api/problem'
import { dontReloadWhile } from '@/lib/pieces'
import { uploadFile, type Import } from '../api'

export interface Upload {
  key: string
  name: string
  bytesTotal: number
  bytesSent: number
  status: 'waiting' | 'sending' | 'failed'
  problem: ApiProblem | null
}

export const uploads = reactive<Upload[]>([])
const queue: { upload: Upload; file: File }[] = []
const listeners = new Set<(started: Import) => void>()
let running = false

// A file on its way would be lost.
dontReloadWhile(() => running)

export function onImportStarted(listener: (started: Import) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function forgetUpload(key: string): void {
  const index = uploads.findIndex((upload) => upload.key === key)
  if (index >= 0) uploads.splice(index, 1)
}

async function sendAll(): Promise<void> {
  if (running) return
  running = true
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { upload, file } = next
    upload.status = 'sending'
    try {
      const started = await uploadFile(file, (bytes) => (upload.bytesSent = bytes))
      for (const listener of listeners) listener(started)
      forgetUpload(upload.key)
    } catch (error) {
      upload.status = 'failed'
      upload.problem = toProblem(error)
    }
  }
  running = false
}

/** Sends files one after the other: together they would only slow each other down. */
export function startUploads(files: Iterable<File>): void {
  for (const file of files) {
    const entry: Upload = {
      key: newKey(),
      name: file.name,
      bytesTotal: file.size,
      bytesSent: 0,
      status: 'waiting',
      problem: null,
    }
    uploads.push(entry)
    const upload = uploads.at(-1)
    if (upload) queue.push({ upload, file })
  }
  void sendAll()
}
