//go:build cgo && linux

package embedded

// #include <malloc.h>
// static void fewArenas(void) {
// #ifdef M_ARENA_MAX
// 	mallopt(M_ARENA_MAX, 1);
// #endif
// }
// static void giveBack(void) {
// #ifdef __GLIBC__
// 	malloc_trim(0);
// #endif
// }
import "C"

// fewArenas has the C library keep Pebble's blocks in one heap. Its default, eight for each
// processor, spreads them: when a bulk load replaces what is cached, each heap keeps the holes,
// up to twice the size of the cache in all.
func fewArenas() { C.fewArenas() }

// GiveBack hands the holes between Pebble's blocks back to the system. The C library does so
// at the end of its heap only, and a bulk load, which replaces what is cached by blocks of
// other sizes, leaves holes as big as the cache. It takes some milliseconds.
func GiveBack() { C.giveBack() }
