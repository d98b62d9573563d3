import { expect, test } from 'vitest'
import { idNoFault, tidy, usccFault } from '@/check'

test.each(['410203190001019990', '410503190001019997', '410425190001019981', '11010519491231002X'])('%s is well formed', (n) => expect(idNoFault(n)).toBeNull())
test.each([['41020319000101999', 'identity.badLength'], ['410203190001019991', 'identity.badCheck'], ['A10203190001019990', 'identity.badCheck'], ['4102031900010199９0', 'identity.badCheck']])('%s is not', (n, key) => expect(idNoFault(n)?.key).toBe(key))

test.each(['91410203MADEMA019P', '91410200584364333F', '91410203MA40AB1C3C', '52410203MJF987657E'])('code %s is well formed', (c) => expect(usccFault(c)).toBeNull())
test.each([['91410203MADEMA019Q', 'company.badCheck'], ['91410203MADEMA01', 'company.badLength'], ['9141O203MADEMA019P', 'company.badChar']])('code %s is not', (c, key) => expect(usccFault(c)?.key).toBe(key))

test('what people type by habit is no fault', () => expect(tidy(' ９１４１０２０３ madema-019p ')).toBe('91410203MADEMA019P'))
