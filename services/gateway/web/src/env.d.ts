/// <reference types="vite/client" />
import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Open to people who are not signed in. */
    open?: boolean
  }
}
