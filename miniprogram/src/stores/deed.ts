// One intention of a person: sent under one key however often it is tried, so that it takes effect once.
import { ref, shallowRef } from 'vue'
import { newKey, type Problem } from '@/api/send'
import { asProblem } from './loading'

export function useDeed<A, R>(act: (args: A, key: string) => Promise<R>) {
  const done = shallowRef<R | null>(null)
  const trouble = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let key = ''
  let meant = ''
  /** Gives what was answered, or null when it was refused or is under way already. */
  async function run(args: A): Promise<R | null> {
    if (busy.value) return null
    const now = JSON.stringify(args)
    if (!key || now !== meant) { key = newKey(); meant = now } // other words are another intention
    busy.value = true
    done.value = trouble.value = null
    try {
      const answer = await act(args, key)
      key = meant = ''
      done.value = answer
      return answer
    } catch (e) {
      trouble.value = asProblem(e)
      return null
    } finally {
      busy.value = false
    }
  }
  return { done, trouble, busy, run }
}
