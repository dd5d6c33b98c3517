/** Paints the picture. Colours come from the page's tokens, so light, dark and forced colours all work. */
import { initialsOf } from '@/design/initials'
import type { Picture, Placed } from './layout'

export interface Palette {
  surface: string
  ink: string
  muted: string
  edge: string
  accent: string
  onAccent: string
  soft: string
  warm: string
  font: string
}

type Box = [left: number, top: number, right: number, bottom: number]

const LABEL_PX = 12.5
const LABEL_MAX = 22

const short = (name: string) => (name.length > LABEL_MAX ? `${name.slice(0, LABEL_MAX - 1)}…` : name)

function drawLines(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  selected: string | null,
): void {
  context.lineCap = 'round'
  for (const { a, b, strength } of picture.lines) {
    const near = selected !== null && (a.node.id === selected || b.node.id === selected)
    context.globalAlpha = near ? 1 : 0.25 + 0.5 * strength
    context.strokeStyle = near ? palette.warm : palette.edge
    context.lineWidth = 0.75 + 3 * strength
    context.beginPath()
    context.moveTo(a.x, a.y)
    context.lineTo(b.x, b.y)
    context.stroke()
  }
  context.globalAlpha = 1
}

function drawPerson(context: CanvasRenderingContext2D, item: Placed, palette: Palette, selected: boolean): void {
  context.beginPath()
  context.arc(item.x, item.y, item.radius, 0, Math.PI * 2)
  context.fillStyle = item.node.centre || item.node.me ? palette.accent : palette.soft
  context.fill()
  context.lineWidth = selected ? 3 : 1.5
  context.strokeStyle = selected ? palette.warm : palette.accent
  context.stroke()
  if (!item.node.centre) return
  context.fillStyle = palette.onAccent
  context.font = `600 11px ${palette.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(initialsOf(item.node.display_name), item.x, item.y + 0.5)
}

/** Labels go on in order of importance; one that would cover another is left out. */
function drawLabels(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  { width, selected, you }: { width: number; selected: string | null; you: string },
): void {
  const taken: Box[] = []
  const weight = (item: Placed) =>
    item.node.id === selected ? 3 : item.node.centre ? 2 : item.node.me ? 1.5 : (item.toCentre ?? 0)
  context.textAlign = 'center'
  context.textBaseline = 'top'
  context.lineJoin = 'round'
  for (const item of picture.placed.toSorted((a, b) => weight(b) - weight(a))) {
    const strong = weight(item) > 1
    context.font = `${strong ? 600 : 400} ${LABEL_PX}px ${palette.font}`
    const text = item.node.me ? you : short(item.node.display_name)
    const half = context.measureText(text).width / 2
    // Under the person, and as far to the side as it takes to be read whole.
    const middle = Math.max(half, Math.min(width - half, item.x))
    const top = item.y + item.radius + 4
    const box: Box = [middle - half - 3, top - 1, middle + half + 3, top + LABEL_PX + 3]
    const meets = (other: Box) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]
    const covers = picture.placed.some(
      (other) =>
        other !== item &&
        meets([other.x - other.radius, other.y - other.radius, other.x + other.radius, other.y + other.radius]),
    )
    if (!strong && (covers || taken.some(meets))) continue
    taken.push(box)
    context.lineWidth = 4
    context.strokeStyle = palette.surface
    context.strokeText(text, middle, top)
    context.fillStyle = strong ? palette.ink : palette.muted
    context.fillText(text, middle, top)
  }
}

export function draw(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  options: { width: number; height: number; scale: number; selected: string | null; you: string },
): void {
  context.setTransform(options.scale, 0, 0, options.scale, 0, 0)
  context.clearRect(0, 0, options.width, options.height)
  drawLines(context, picture, palette, options.selected)
  for (const item of picture.placed) drawPerson(context, item, palette, item.node.id === options.selected)
  drawLabels(context, picture, palette, options)
}
