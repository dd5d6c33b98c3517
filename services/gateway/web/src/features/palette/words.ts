export const words = {
  title: 'Search and commands',
  placeholder: 'Find a person, a page, an action…',
  people: 'People',
  pages: 'Pages',
  actions: 'Actions',
  none: 'Nothing matches',
  reach: (name: string) => `How do I reach ${name}?`,
  importFiles: 'Import files',
  addReminder: 'Set a reminder',
  newCircle: 'Create a circle',
  theme: { light: 'Switch to light', dark: 'Switch to dark', system: 'Follow the system’s appearance' },
  signOut: 'Sign out',
}
