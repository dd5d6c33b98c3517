import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { ensureMe, me, sessionProblem } from '@/features/account/session'
import { nothingMissing, piece, PieceMissing, reportMissing } from '@/lib/pieces'

export const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    meta: { title: 'Sign in', open: true },
    component: piece(() => import('@/features/account/pages/SignInPage.vue')),
  },
  {
    path: '/sign-up',
    name: 'sign-up',
    meta: { title: 'Create account', open: true },
    component: piece(() => import('@/features/account/pages/SignUpPage.vue')),
  },
  {
    path: '/',
    component: piece(() => import('@/shell/AppShell.vue')),
    children: [
      {
        path: '',
        name: 'today',
        meta: { title: 'Today' },
        component: piece(() => import('@/features/today/pages/TodayPage.vue')),
      },
      {
        path: 'people',
        name: 'people',
        meta: { title: 'People' },
        component: piece(() => import('@/features/people/pages/PeoplePage.vue')),
      },
      {
        path: 'people/:id',
        name: 'person',
        meta: { title: 'Person' },
        component: piece(() => import('@/features/people/pages/PersonPage.vue')),
        props: true,
      },
      {
        path: 'paths',
        name: 'paths',
        meta: { title: 'Paths' },
        component: piece(() => import('@/features/paths/pages/PathsPage.vue')),
      },
      {
        path: 'import',
        alias: 'imports',
        name: 'import',
        meta: { title: 'Import' },
        component: piece(() => import('@/features/imports/pages/ImportsPage.vue')),
      },
      {
        path: 'import/:id',
        alias: 'imports/:id',
        name: 'receipt',
        meta: { title: 'Import receipt' },
        component: piece(() => import('@/features/imports/pages/ReceiptPage.vue')),
        props: true,
      },
      {
        path: 'circles',
        name: 'circles',
        meta: { title: 'Circles' },
        component: piece(() => import('@/features/circles/pages/CirclesPage.vue')),
      },
      {
        path: 'circles/:id',
        name: 'circle',
        meta: { title: 'Circle' },
        component: piece(() => import('@/features/circles/pages/CirclePage.vue')),
        props: true,
      },
      {
        path: 'invitations/:code?',
        name: 'invitation',
        meta: { title: 'Invitation' },
        component: piece(() => import('@/features/circles/pages/InvitationPage.vue')),
      },
      {
        path: 'reminders',
        name: 'reminders',
        meta: { title: 'Reminders' },
        component: piece(() => import('@/features/reminders/pages/RemindersPage.vue')),
      },
      {
        path: 'settings',
        name: 'settings',
        meta: { title: 'Settings' },
        component: piece(() => import('@/features/account/pages/SettingsPage.vue')),
      },
      {
        path: ':pathMatch(.*)*',
        name: 'not-found',
        meta: { title: 'Not found' },
        component: piece(() => import('@/shell/NotFoundPage.vue')),
      },
    ],
  },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  await ensureMe()
  if (sessionProblem.value) return true
  if (!me.value && !to.meta.open) return { name: 'sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
  if (me.value && to.meta.open) return { name: 'today' }
  return true
})

router.afterEach((to, from, failure) => {
  if (failure) return
  nothingMissing()
  if (to.path === from.path && from.matched.length > 0) return
  document.title = `${to.meta.title} – Kith`
})

router.onError((error, to) => {
  if (!(error instanceof PieceMissing)) return
  void reportMissing(() => router.push(to.fullPath), to.fullPath)
})
