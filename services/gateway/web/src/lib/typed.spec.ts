import { beforeEach, describe, expect, it } from 'vitest'
import { removeAllDrafts, setDraftOwner } from './draftStore'
import { useTyped } from './typed'

const note = () =>
  useTyped(
    () => 'note/1',
    () => ({ text: '' }),
  )

describe('what was typed and not sent', () => {
  beforeEach(() => {
    sessionStorage.clear()
    setDraftOwner('ana')
  })

  it('is there again after a reload, until it is sent', () => {
    const { form, clear } = note()
    form.text = 'Met at the library'
    expect(note().form.text).toBe('Met at the library')
    clear()
    expect(note().form.text).toBe('')
  })

  it('is shown to nobody else who signs in on this tab', () => {
    note().form.text = 'Met at the library'
    setDraftOwner('bo')
    expect(note().form.text).toBe('')
    setDraftOwner('ana')
    expect(note().form.text).toBe('Met at the library')
  })

  it('is forgotten when its writer signs out', () => {
    note().form.text = 'Met at the library'
    removeAllDrafts()
    expect(sessionStorage).toHaveLength(0)
  })

  it('is left alone where it has another shape, say from another version of the app', () => {
    note().form.text = 'Met at the library'
    const other = useTyped(
      () => 'note/1',
      () => ({ title: '', text: '' }),
    )
    expect(other.form).toEqual({ title: '', text: '' })
  })
})
