// What processes have used so far, from /proc: a process and all that descend from it.
import { readFileSync, readdirSync } from 'node:fs'

const TICKS_A_SECOND = 100

/** Processor time in milliseconds of each of the named processes with their descendants, ended children included. */
export function cpuMs(roots) {
  const all = processes()
  const children = new Map()
  for (const one of all.values()) children.set(one.parent, [...(children.get(one.parent) ?? []), one])
  const sum = (one) => one.ticks + (children.get(one.pid) ?? []).reduce((ticks, child) => ticks + sum(child), 0)
  return Object.fromEntries(
    Object.entries(roots).map(([name, pids]) => {
      const ticks = pids.reduce((total, pid) => total + (all.has(pid) ? sum(all.get(pid)) : 0), 0)
      return [name, (ticks * 1000) / TICKS_A_SECOND]
    }),
  )
}

/** The most memory in megabytes that a process ever held. */
export function mostMemoryMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024) / 1e6
}

function processes() {
  const all = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      // The name, in brackets, may hold anything.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1).split(' ')
      const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
      all.set(Number(name), { pid: Number(name), parent: Number(fields[1]), ticks: utime + stime + cutime + cstime })
    } catch {
      // It ended while we looked.
    }
  }
  return all
}
