// What judging a pass here takes; loaded with the first bundle.
export { open } from '../../../api/passverify/passverify.mjs'
export { signer } from './curves'
