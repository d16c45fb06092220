/** What a caller may send, checked before anything is begun, and its shape for Baileys. Files by address are not among it. */

import { Refusal } from './refusals.js'

const LONGEST_TEXT = 65_536

/**
 * @param {{kind: string, text?: string, latitude?: number, longitude?: number, name?: string, address?: string,
 *   message_id?: string, emoji?: string}} content
 * @param {string} jid whose chat it goes to
 * @returns {object} as `sendMessage` of Baileys takes it
 * @throws {Refusal} 400 `content_malformed`, `content_unknown`
 */
export function forLibrary(content, jid) {
  switch (content?.kind) {
    case 'text':
      return { text: text(content.text, 'text', 1, LONGEST_TEXT) }
    case 'location':
      return {
        location: {
          degreesLatitude: number(content.latitude, 'latitude', 90),
          degreesLongitude: number(content.longitude, 'longitude', 180),
          name: text(content.name ?? '', 'name', 0, 1000),
          address: text(content.address ?? '', 'address', 0, 1000),
        },
      }
    case 'reaction': {
      const id = text(content.message_id, 'message_id', 1, 200)
      return { react: { text: text(content.emoji ?? '', 'emoji', 0, 64), key: { remoteJid: jid, id, fromMe: false } } }
    }
    default:
      throw new Refusal(400, 'content_unknown', 'This gateway sends text, location and reaction.')
  }
}

/** The same as a message of WhatsApp's own form, to give it again to a phone that could not read it; undefined for others. */
export function asMessage(content) {
  switch (content.kind) {
    case 'text':
      return { extendedTextMessage: { text: content.text } }
    case 'location': {
      const { latitude, longitude, name = '', address = '' } = content
      return { locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, name, address } }
    }
    default:
      return undefined
  }
}

function text(value, name, least, most) {
  if (typeof value === 'string' && value.length >= least && value.length <= most && !value.includes('\0')) return value
  throw malformed(name)
}

function number(value, name, most) {
  if (typeof value === 'number' && Math.abs(value) <= most) return value
  throw malformed(name)
}

function malformed(name) {
  return new Refusal(400, 'content_malformed', `The content's ${name} is missing or of the wrong kind.`)
}
