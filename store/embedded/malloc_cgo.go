//go:build cgo && linux

package embedded

// #include <malloc.h>
// static void fewArenas(void) {
// #ifdef M_ARENA_MAX
// 	mallopt(M_ARENA_MAX, 1);
// #endif
// }
import "C"

// fewArenas has the C library keep Pebble's blocks in one heap. Its default, eight for each
// processor, spreads them: when a bulk load replaces what is cached, each heap keeps the holes,
// up to twice the size of the cache in all.
func fewArenas() { C.fewArenas() }
