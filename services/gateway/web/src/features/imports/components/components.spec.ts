import userEvent from '@testing-library/user-event'
import { render, screen, within } from '@testing-library/vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { toasts } from '@/design/toasts'
import { mount, serve } from '@/testing/render'
import type { Import, ReceiptLine } from '../api'
import { uploads, type Upload } from '../composables/useUploads'
import CancelImport from './CancelImport.vue'
import DropZone from './DropZone.vue'
import ReceiptTable from './ReceiptTable.vue'
import UploadRow from './UploadRow.vue'

beforeEach(() => {
  toasts.value = []
  uploads.splice(0)
})

describe('the zone for files', () => {
  it('is reached by keyboard, and takes the same file twice', async () => {
    // Nothing answers: they stay where they are.
    const { emitted } = render(DropZone)
    const input = screen.getByLabelText<HTMLInputElement>('Choose files to import')
    await userEvent.tab()
    expect(document.activeElement).toBe(input)
    const file = new File(['x'], 'contacts.vcf')
    await userEvent.upload(input, file)
    expect(input.files).toHaveLength(0)
    await userEvent.upload(input, file)
    expect(uploads.map(({ name }) => name)).toEqual(['contacts.vcf', 'contacts.vcf'])
    expect(emitted('started')).toHaveLength(2)
  })

  it('offers what Kith reads', () => {
    render(DropZone)
    const accepted = screen.getByLabelText('Choose files to import').getAttribute('accept')?.split(',')
    expect(accepted).toEqual(expect.arrayContaining(['.csv', '.vcf', '.mbox', '.zip']))
  })
})

describe('a file on its way', () => {
  const upload: Upload = {
    key: 'u1',
    name: 'mail.mbox',
    bytesTotal: 2_000_000,
    bytesSent: 500_000,
    status: 'sending',
    problem: null,
  }
  const bar = () => screen.getByRole('progressbar', { name: 'Progress of mail.mbox' })

  it('says how much of it is there', () => {
    render(UploadRow, { props: { upload } })
    expect(bar().getAttribute('aria-valuetext')).toBe('25 %')
    expect(screen.getByText('Sending · 2 MB')).toBeDefined()
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('says that it waits, and that nobody knows of an empty one', () => {
    render(UploadRow, { props: { upload: { ...upload, status: 'waiting', bytesTotal: 0, bytesSent: 0 } } })
    expect(screen.getByText('Waiting its turn · 0 bytes')).toBeDefined()
    expect(bar().getAttribute('aria-valuetext')).toBe('Working')
  })

  it('says why it was refused until that is dismissed', async () => {
    const problem = new ApiProblem({ title: 'Kith cannot read this file', detail: 'expected vCard', status: 415 })
    const failed: Upload = { ...upload, status: 'failed', problem }
    uploads.push(failed, { ...upload, key: 'u2' })
    render(UploadRow, { props: { upload: failed } })
    expect(screen.getByText('Kith cannot read this file')).toBeDefined()
    expect(screen.getByText('expected vCard')).toBeDefined()
    expect(screen.queryByRole('progressbar')).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'Dismiss mail.mbox' }))
    expect(uploads.map(({ key }) => key)).toEqual(['u2'])
  })
})

describe('the lines of a receipt', () => {
  const show = async (lines: ReceiptLine[]) => {
    await mount(ReceiptTable, { props: { lines } })
    const table = screen.getByRole('region', { name: 'Receipt lines' })
    return within(table)
      .getAllByRole('row')
      .slice(1)
      .map((row) => within(row).getAllByRole('cell'))
  }

  it('say where, who, what and why, and lead to the person', async () => {
    const [cells = []] = await show([{ position: 'card 3', label: 'Ada', outcome: 'merged', person_id: '1' }])
    expect(cells.map((cell) => cell.textContent)).toEqual([
      'card 3',
      'Ada',
      'Merged',
      'Added to somebody you already have',
    ])
    expect(screen.getByRole('link', { name: 'Ada' }).getAttribute('href')).toBe('/people/1')
    expect(screen.getAllByRole('columnheader').map((head) => head.textContent)).toEqual([
      'Where',
      'Who',
      'What happened',
      'Why',
    ])
  })

  it('say the reason in place of the rule', async () => {
    const [cells = []] = await show([{ position: 'line 12', label: 'x', outcome: 'rejected', reason: 'no name' }])
    expect(cells.map((cell) => cell.textContent?.trim())).toEqual(['line 12', 'xno name', 'Problem', 'no name'])
    expect(screen.queryByRole('link')).toBeNull()
  })

  it('show an outcome of a later version as it is', async () => {
    const [cells = []] = await show([{ position: 'line 1', label: 'x', outcome: 'frozen' as 'created' }])
    expect(cells[2]?.textContent).toBe('frozen')
  })
})

describe('the cancelling of an import', () => {
  it('is done once, however often the button is pressed, and said', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    const calls = serve(() => ({ status: 204, after: answered }))
    await mount(CancelImport, { props: { item: { id: 'i1', file_name: 'mail.mbox' } as Import } })
    await userEvent.click(screen.getByRole('button', { name: 'Cancel import of mail.mbox' }))
    const confirm = await screen.findByRole('button', { name: 'Cancel import' })
    await userEvent.click(confirm)
    expect(confirm.getAttribute('aria-disabled')).toBe('true')
    await userEvent.click(confirm)
    answer()
    await expect.poll(() => toasts.value.map(({ text }) => text)).toEqual(['Import of mail.mbox cancelled'])
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull()
    expect(calls).toMatchObject([{ method: 'DELETE', path: '/imports/i1' }])
  })
})
