import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { 'process.env.UNI_PLATFORM': JSON.stringify('h5') },
  test: { environment: 'happy-dom', include: ['tests/unit/**/*.spec.ts'] },
})
