/** WhatsApp's addresses (`5511…@s.whatsapp.net`, `1505…@lid`) and our digits. */

import { Refusal } from './refusals.js'

const PHONE = /^(\d{5,20})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)$/
const LID = /^(\d{5,20})(?::\d+)?@lid$/

/** The digits of a phone's address, or ''. */
export function digitsOf(jid) {
  return PHONE.exec(jid ?? '')?.[1] ?? ''
}

/** The number of a hidden address, or ''. */
export function lidOf(jid) {
  return LID.exec(jid ?? '')?.[1] ?? ''
}

/** Whether an address is one person's: no group, no channel, no status. */
export function isPerson(jid) {
  return Boolean(digitsOf(jid) || lidOf(jid))
}

/**
 * The address that a caller means: digits with or without `+`, or a hidden address (`123@lid`).
 * @throws {Refusal} 400 `bad_number`
 */
export function addressOf(to) {
  const text = typeof to === 'string' ? to.trim().replace(/^\+/, '') : ''
  if (/^[1-9]\d{4,14}$/.test(text)) return `${text}@s.whatsapp.net`
  if (lidOf(text)) return text
  throw new Refusal(400, 'bad_number', 'The recipient is no phone number in international form.')
}
