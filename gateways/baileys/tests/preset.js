/** `node tests/preset.js DATA SESSION [PHONE]`: links a session as if a phone had been there, for trials against the mock. */

import { preset } from './mock.js'

const [data, session, phone] = process.argv.slice(2)
await preset(data, session, phone)
