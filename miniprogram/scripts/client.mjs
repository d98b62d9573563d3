// Writes src/api/client.ts, types and calls, from api/openapi.yaml. `--check` compares instead of writing.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import YAML from 'yaml'

const here = path.dirname(fileURLToPath(import.meta.url))
const target = path.join(here, '../src/api/client.ts')
const contract = read(path.join(here, '../../api/openapi.yaml'))
const verbs = ['get', 'post', 'put', 'patch', 'delete']

function read(file) {
  try {
    return YAML.parse(fs.readFileSync(file, 'utf8'), { maxAliasCount: -1 })
  } catch (e) {
    console.error(`${path.basename(file)} cannot be read: ${e.message}`)
    process.exit(1)
  }
}

const nameOf = (ref) => ref.split('/').pop()
const resolve = (x) => (x.$ref ? contract.components[x.$ref.split('/').at(-2)][nameOf(x.$ref)] : x)
const property = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))
const comment = (s, pad) => (s.description ? `${pad}/** ${s.description.replace(/\s+/g, ' ').replaceAll('*/', '')} */\n` : '')

// type writes a schema as a TypeScript type; pad is the indent of what it stands in.
function type(s, pad = '') {
  if (s.nullable) return `${type({ ...s, nullable: false }, pad)} | null`
  if (s.$ref) return nameOf(s.$ref)
  if (s.allOf) return s.allOf.map((part) => type(part, pad)).join(' & ')
  if (s.oneOf || s.anyOf) return `(${(s.oneOf || s.anyOf).map((part) => type(part, pad)).join(' | ')})`
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' | ')
  switch (s.type) {
    case 'string': return 'string'
    case 'integer': case 'number': return 'number'
    case 'boolean': return 'boolean'
    case 'array': { const of = type(s.items, pad); return /[|&]/.test(of) ? `(${of})[]` : `${of}[]` }
  }
  if (s.properties) return fields(s, pad)
  if (s.additionalProperties) return `Record<string, ${s.additionalProperties === true ? 'unknown' : type(s.additionalProperties, pad)}>`
  return s.type === 'object' ? 'Record<string, unknown>' : 'unknown'
}

function fields(s, pad) {
  const required = new Set(s.required)
  const lines = Object.entries(s.properties).map(([name, of]) =>
    `${comment(of, pad + '  ')}${pad}  ${property(name)}${required.has(name) ? '' : '?'}: ${type(of, pad + '  ')}\n`)
  return `{\n${lines.join('')}${pad}}`
}

const jsonOf = (content) => content?.['application/json']?.schema

// call writes one operation, or nothing when it does not speak JSON.
function call(at, verb, op) {
  const [, answer] = Object.entries(op.responses).find(([status]) => status.startsWith('2'))
  const body = op.requestBody && jsonOf(resolve(op.requestBody).content)
  const content = resolve(answer).content
  if ((op.requestBody && !body) || (content && !jsonOf(content))) return ''
  const params = (op.parameters || []).map(resolve)
  const args = []
  for (const where of ['path', 'query']) {
    const of = params.filter((p) => p.in === where)
    if (of.length === 0) continue
    const must = of.some((p) => p.required)
    args.push(`${where}${must ? '' : '?'}: { ${of.map((p) => `${property(p.name)}${p.required ? '' : '?'}: ${type(p.schema)}`).join('; ')} }`)
  }
  if (body) args.push(`body: ${type(body)}`)
  const headers = new Set(params.filter((p) => p.in === 'header').map((p) => p.name))
  if (headers.has('Idempotency-Key') && params.find((p) => p.name === 'Idempotency-Key').required) args.push('idempotencyKey: string')
  if (headers.has('If-Match')) args.push('ifMatch: string')
  const optional = args.every((a) => /^\w+\?:/.test(a))
  const result = content ? type(jsonOf(content)) : 'void'
  const taken = args.length ? `args: { ${args.join('; ')} }${optional ? ' = {}' : ''}` : ''
  return `/** ${op.summary}。${op['x-permission'] ? `权限：${op['x-permission']}。` : ''} */\n` +
    `export const ${op.operationId} = (${taken}): Promise<${result}> => send('${verb.toUpperCase()}', '${at}'${args.length ? ', args' : ''})\n`
}

let text = '// Written by scripts/client.mjs from api/openapi.yaml; change the contract and run `make client`.\nimport { send } from \'./send\'\n\n'
for (const [name, s] of Object.entries(contract.components.schemas)) {
  text += `${comment(s, '')}export type ${name} = ${type(s)}\n\n`
}
for (const [at, item] of Object.entries(contract.paths)) {
  for (const verb of verbs) if (item[verb]) text += call(at, verb, item[verb])
}

if (!process.argv.includes('--check')) {
  fs.writeFileSync(target, text)
} else if (fs.readFileSync(target, 'utf8') !== text) {
  console.error('src/api/client.ts is not what api/openapi.yaml says: run `make client` and commit it')
  process.exit(1)
}
