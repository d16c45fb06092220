// Pages about people: passkeys that say what went wrong, passwords that can be seen, the browser's own time zone.

const show = (selector) => document.querySelectorAll(selector).forEach((part) => { part.hidden = false })
const hide = (selector) => document.querySelectorAll(selector).forEach((part) => { part.hidden = true })

if (!window.PublicKeyCredential || !window.isSecureContext) {
  document.querySelectorAll('[data-passkey]').forEach((button) => { button.disabled = true })
  show('[data-passkey-missing]')
}

document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  show('[data-passkey-trouble]')
})
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-passkey]')) hide('[data-passkey-trouble]')
}, true)

for (const field of document.querySelectorAll('input[data-shows]')) {
  const label = document.body.dataset.showPassword || document.querySelector('[data-show-password]')?.dataset.showPassword
  if (!label) continue
  const box = document.createElement('label')
  box.className = 'form-check mt-2'
  const tick = document.createElement('input')
  tick.type = 'checkbox'
  tick.className = 'form-check-input'
  const words = document.createElement('span')
  words.className = 'form-check-label'
  words.textContent = label
  box.append(tick, words)
  tick.addEventListener('change', () => { field.type = tick.checked ? 'text' : 'password' })
  field.after(box)
}

for (const zone of document.querySelectorAll('select[data-own-zone]')) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (!zone.value || zone.value === 'UTC') {
    const option = [...zone.options].find((each) => each.value === own)
    if (option) zone.value = own
  }
}
