/** A file for its owner alone that is made once and whole: a crash in between leaves nothing behind, a second maker finds it. */

import { link, open, readFile, stat, unlink } from 'node:fs/promises'

/**
 * The text of a file; made with `make()` if it is not there.
 * @param {string} path
 * @param {() => string} make
 * @returns {Promise<{text: string, open: boolean}>} `open`: others than its owner can read it
 * @throws {Error} of the file system
 */
export async function readOrMake(path, make) {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text !== null) return { text, open: Boolean((await stat(path)).mode & 0o077) }
  const draft = `${path}.${process.pid}`
  const made = make()
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(made)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path) // unlike a rename it never takes the place of a file that is there
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return readOrMake(path, make)
  } finally {
    await unlink(draft)
  }
  return { text: made, open: false }
}
