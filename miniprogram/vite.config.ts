import { defineConfig } from 'vite'
import uni from '@dcloudio/vite-plugin-uni'

// WeChat's screen readers read aria-role, browsers read role: sources say aria-role, the H5 build renames it.
function ariaRole(node: any) {
  if (process.env.UNI_PLATFORM !== 'h5' || node.type !== 1) return
  for (const p of node.props) {
    if (p.type === 6 && p.name === 'aria-role') p.name = 'role'
    if (p.type === 7 && p.name === 'bind' && p.arg?.content === 'aria-role') p.arg.content = 'role'
  }
}

// uni-h5's own style sheet fetches pictures from its vendor's hosts; a public service asks nobody else.
const noForeignPictures = {
  name: 'no-foreign-pictures',
  generateBundle(_: unknown, bundle: Record<string, any>) {
    for (const file of Object.values(bundle)) {
      if (file.fileName.endsWith('.css')) file.source = String(file.source).replace(/url\(["']?https?:[^)]*\)/g, 'none')
    }
  },
}

export default defineConfig({
  plugins: [noForeignPictures, uni({ vueOptions: { template: { compilerOptions: { nodeTransforms: [ariaRole] } } } } as any)],
  build: { assetsInlineLimit: 0 },
})
