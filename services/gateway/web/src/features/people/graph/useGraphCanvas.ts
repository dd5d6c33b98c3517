/** Keeps a canvas sharp and up to date: at every size, pixel density and colour scheme. */
import { computed, onMounted, onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Neighbourhood } from '../api'
import { words } from '../words'
import { draw, type Palette } from './draw'
import { place } from './layout'

/** Canvas cannot read CSS variables: a hidden element resolves each of them. */
function readPalette(host: HTMLElement): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  host.append(probe)
  const read = (token: string) => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const palette = {
    surface: read('surface'),
    ink: read('ink'),
    muted: read('muted'),
    edge: read('edge'),
    accent: read('accent'),
    onAccent: read('on-accent'),
    soft: read('accent-soft'),
    warm: read('warm'),
    font: getComputedStyle(host).fontFamily,
  }
  probe.remove()
  return palette
}

export function useGraphCanvas(
  canvas: Ref<HTMLCanvasElement | null>,
  data: () => Neighbourhood,
  selected: () => string | null,
) {
  const size = ref({ width: 0, height: 0 })
  const picture = computed(() => place(data().nodes, data().edges, size.value.width, size.value.height))

  function paint(): void {
    const element = canvas.value
    const { width, height } = size.value
    const context = element?.getContext('2d')
    if (!element?.parentElement || !context || !width) return
    const scale = window.devicePixelRatio || 1
    element.width = Math.round(width * scale)
    element.height = Math.round(height * scale)
    draw(context, picture.value, readPalette(element.parentElement), {
      width,
      height,
      scale,
      selected: selected(),
      you: words.you,
    })
  }

  const sizes = new ResizeObserver(([entry]) => {
    if (entry) size.value = { width: entry.contentRect.width, height: entry.contentRect.height }
    paint()
  })
  const themes = new MutationObserver(paint)
  const scheme = window.matchMedia('(prefers-color-scheme: dark)')
  onMounted(() => {
    if (canvas.value) sizes.observe(canvas.value)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    scheme.addEventListener('change', paint)
  })
  onScopeDispose(() => {
    sizes.disconnect()
    themes.disconnect()
    scheme.removeEventListener('change', paint)
  })
  watch([picture, selected], paint, { flush: 'post' })
  return { picture }
}
