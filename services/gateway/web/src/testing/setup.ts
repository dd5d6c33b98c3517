import { afterEach } from 'vitest'
