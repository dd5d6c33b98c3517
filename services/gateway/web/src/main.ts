import '@/design/tokens.css'
import '@/design/theme'
import { PiniaColada } from '@pinia/colada'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { onSignedOut } from './api/client'
import { me } from './features/account/session'
import { forgetGone } from './live/gone'
import { router } from './router'

onSignedOut(() => {
  if (!me.value) return
  // The page is loaded afresh, so that nothing of the account stays in memory.
  window.location.assign(`/sign-in?next=${encodeURIComponent(router.currentRoute.value.fullPath)}`)
})

createApp(App)
  .use(createPinia())
  .use(PiniaColada, { queryOptions: { staleTime: 10_000 }, plugins: [forgetGone] })
  .use(router)
  .mount('#app')
