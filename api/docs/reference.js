// Renders the contract (/docs/openapi.json, made from openapi.yaml at start) without any library.
'use strict'
const methods = ['get', 'post', 'put', 'patch', 'delete']
let contract

function node(tag, attrs, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attrs || {})) element.setAttribute(name, value)
  for (const child of children) if (child !== undefined) element.append(child)
  return element
}

function resolve(value) {
  while (value && value.$ref) value = value.$ref.slice(2).split('/').reduce((at, key) => at[key], contract)
  return value
}

function name(schema) {
  if (schema.allOf) schema = schema.allOf[0]
  const own = schema.$ref ? schema.$ref.split('/').pop() : ''
  const real = resolve(schema)
  if (real.type === 'array') return '[' + name(real.items) + ']'
  return own || real.format || real.type || ''
}

function rules(schema) {
  const s = resolve(schema.allOf ? schema.allOf[0] : schema)
  const out = []
  if (s.enum) out.push(s.enum.map((v) => v === '' ? '""' : v).join(' | '))
  if (s.pattern) out.push(s.pattern)
  for (const key of ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'default']) {
    if (s[key] !== undefined) out.push(key + ' ' + s[key])
  }
  if (s.nullable) out.push('可为 null')
  return out.join('；')
}

function table(schema, seen) {
  const s = resolve(schema)
  if (s.type === 'array') return table(s.items, seen)
  if (!s.properties) return node('p', {}, node('code', {}, name(schema)), ' ' + rules(schema))
  const body = node('tbody')
  const nested = node('div', { class: 'indent' })
  for (const [key, value] of Object.entries(s.properties)) {
    const required = (s.required || []).includes(key)
    const text = value.description || (resolve(value.allOf ? value.allOf[0] : value).description || '')
    body.append(node('tr', {}, node('td', {}, node('code', {}, key), required ? ' *' : ''),
      node('td', {}, node('code', {}, name(value))), node('td', {}, text), node('td', {}, rules(value))))
    let inner = value.allOf ? value.allOf[0] : value
    if (resolve(inner).type === 'array') inner = resolve(inner).items
    if (resolve(inner).properties && !seen.includes(name(inner))) {
      nested.append(node('h4', {}, node('code', {}, name(inner))), table(inner, [...seen, name(inner)]))
    }
  }
  const head = node('tr', {}, ...['名称', '类型', '说明', '规则'].map((t) => node('th', { scope: 'col' }, t)))
  return node('div', {}, node('table', {}, node('thead', {}, head), body), nested)
}

function content(message) {
  const out = node('div')
  for (const [type, media] of Object.entries(message.content || {})) {
    out.append(node('p', {}, node('code', {}, type), ' ', node('code', {}, name(media.schema))), table(media.schema, [name(media.schema)]))
  }
  return out
}

function operation(path, method, op) {
  const box = node('details', { id: op.operationId })
  box.append(node('summary', {}, node('b', {}, method), node('code', {}, path), ' ' + op.summary,
    node('span', { class: 'tag' }, op['x-permission'])))
  box.addEventListener('toggle', () => { if (box.open && box.childElementCount === 1) fill(box, op) })
  box.dataset.text = [path, method, op.summary, op.operationId, op['x-permission']].join(' ').toLowerCase()
  return box
}

function fill(box, op) {
  if (op.description) box.append(node('p', {}, op.description))
  const parameters = (op.parameters || []).map(resolve)
  if (parameters.length) {
    const rows = parameters.map((p) => node('tr', {}, node('td', {}, node('code', {}, p.name), p.required ? ' *' : ''),
      node('td', {}, p.in), node('td', {}, p.description || ''), node('td', {}, rules(p.schema))))
    box.append(node('h3', {}, '参数'), node('table', {}, node('tbody', {}, ...rows)))
  }
  if (op.requestBody) box.append(node('h3', {}, '请求正文'), content(resolve(op.requestBody)))
  box.append(node('h3', {}, '答案'))
  for (const [status, response] of Object.entries(op.responses)) {
    const r = resolve(response)
    const inner = node('details', {}, node('summary', {}, node('b', {}, status), r.description))
    inner.append(content(r))
    box.append(inner)
  }
}

function render() {
  document.getElementById('about').textContent = contract.info.description
  const main = document.getElementById('reference')
  const toc = node('ul')
  for (const tag of contract.tags) {
    const part = node('section', {}, node('h2', {}, tag.name), node('p', {}, tag.description || ''))
    for (const [path, item] of Object.entries(contract.paths)) {
      for (const method of methods) {
        const op = item[method]
        if (!op || !op.tags.includes(tag.name)) continue
        part.append(operation(path, method, op))
        toc.append(node('li', {}, node('a', { href: '#' + op.operationId }, op.summary)))
      }
    }
    main.append(part)
  }
  document.getElementById('toc').append(toc)
  document.getElementById('filter').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const box of main.querySelectorAll('section > details')) box.hidden = !words.every((w) => box.dataset.text.includes(w))
  })
  const chosen = location.hash && document.getElementById(location.hash.slice(1))
  if (chosen) { chosen.open = true; chosen.scrollIntoView() }
}

fetch('/docs/openapi.json').then((r) => r.ok ? r.json() : Promise.reject(new Error(String(r.status)))).then((json) => {
  contract = json
  render()
}).catch(() => { document.getElementById('about').textContent = '约定读取失败，请直接打开 openapi.yaml。' })
