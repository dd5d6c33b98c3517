import { CalendarClock, CircleDashed, House, Import, Route, Settings, UsersRound } from '@lucide/vue'
import type { Component } from 'vue'

export interface NavItem {
  name: string
  label: string
  icon: Component
}

export const mainItems: NavItem[] = [
  { name: 'today', label: 'Today', icon: House },
  { name: 'people', label: 'People', icon: UsersRound },
  { name: 'paths', label: 'Paths', icon: Route },
  { name: 'import', label: 'Import', icon: Import },
]

export const moreItems: NavItem[] = [
  { name: 'circles', label: 'Circles', icon: CircleDashed },
  { name: 'reminders', label: 'Reminders', icon: CalendarClock },
  { name: 'settings', label: 'Settings', icon: Settings },
]

export const allItems = [...mainItems, ...moreItems]

const CHILDREN: Record<string, string> = {
  person: 'people',
  receipt: 'import',
  circle: 'circles',
  invitation: 'circles',
}

/** The item that a page belongs to. */
export const sectionOf = (routeName: unknown) => CHILDREN[String(routeName)] ?? String(routeName)
