/** One gateway on a data folder: two would cut each other off and write into the same files. */

import { readFileSync } from 'node:fs'
import { open, readFile, unlink } from 'node:fs/promises'

/** Another gateway runs on the folder. */
export class AlreadyRunning extends Error {}

/** Takes the folder, or says who has it. What a killed process left behind does not count. */
export async function take(path) {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(JSON.stringify(me()))
      await file.close()
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const other = await readFile(path, 'utf8').then(JSON.parse).catch(() => null)
    if (other && other.pid !== process.pid && birthOf(other.pid) === other.birth && other.birth !== null) {
      throw new AlreadyRunning(`Another gateway (process ${other.pid}) works on this data folder. Stop it, or give BAILEYS_DATA another.`)
    }
    await unlink(path).catch(() => {})
  }
  throw new AlreadyRunning('The data folder could not be taken: another gateway starts on it at this moment.')
}

/** Gives it back. */
export async function give(path) {
  await unlink(path).catch(() => {})
}

function me() {
  return { pid: process.pid, birth: birthOf(process.pid) }
}

/** When a process began, or whether it lives where the system does not say; null: there is none. */
function birthOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    try {
      process.kill(pid, 0)
      return 'alive'
    } catch {
      return null
    }
  }
}
