package embedded

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Pebble's manifest lists the tables that count. It takes a damaged record at its end
// for one that was being written when the power went, and then deletes the tables that
// only this record knew; and it hardly looks at the options. So Close leaves a witness:
// the name and SHA-256 of each of these files (tables carry checksums, and the log holds
// nothing after Close). Open compares before it lets Pebble near the folder, and removes it.
const cleanFile = "CLEAN"

// newCleanFile is the witness while it is being written: a crash may leave it torn.
const newCleanFile = cleanFile + ".new"

const cleanLine = "%s %d %x\n" // name, bytes, SHA-256

// leaveClean writes the witness of a closed folder, in one step: a torn one would say of a
// sound folder that it is damaged. After an error there is none.
func leaveClean(fsys vfs.FS, dir string) error {
	text, err := inventory(fsys, dir)
	if err != nil {
		return err
	}
	unfinished, witness := fsys.PathJoin(dir, newCleanFile), fsys.PathJoin(dir, cleanFile)
	f, err := fsys.Create(unfinished, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, fsys.Remove(unfinished))
	}
	if err := fsys.Rename(unfinished, witness); err != nil {
		return errors.Join(err, fsys.Remove(unfinished))
	}
	return syncDir(fsys, dir)
}

// takeClean compares the witness, if there is one, with what is there and removes it.
func takeClean(fsys vfs.FS, dir string) error {
	witness := fsys.PathJoin(dir, cleanFile)
	want, err := readFile(fsys, witness)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // not closed cleanly, or new
	}
	if err != nil {
		return openError(err, witness)
	}
	if len(want) == 0 {
		// An older version's, which wrote it in place and was cut short: the folder is as
		// a kill leaves it. One with content is damaged, and who knows what else is.
		return remove(fsys, dir, witness)
	}
	have, err := inventory(fsys, dir)
	if err != nil {
		return openError(err, dir)
	}
	if !bytes.Equal(want, have) {
		return corrupted(&CorruptionError{File: fsys.PathJoin(dir, differing(want, have)),
			Err: errors.New("it is not as it was when the folder was closed")})
	}
	return remove(fsys, dir, witness)
}

func remove(fsys vfs.FS, dir, name string) error {
	if err := errors.Join(fsys.Remove(name), syncDir(fsys, dir)); err != nil {
		return openError(err, name)
	}
	return nil
}

// seal ends a witness with its own checksum, so that damage to it is told from damage
// to what it speaks of.
func seal(lines []byte) []byte { return fmt.Appendf(lines, "%x\n", sha256.Sum256(lines)) }

// differing names the file that is not as the witness says.
func differing(want, have []byte) string {
	lines := bytes.SplitAfter(want, []byte("\n"))
	if len(lines) < 2 || !bytes.Equal(want, seal(bytes.Join(lines[:len(lines)-2], nil))) {
		return cleanFile
	}
	for _, line := range lines[:len(lines)-2] {
		if !bytes.Contains(have, line) {
			name, _, _ := bytes.Cut(line, []byte(" "))
			return string(name)
		}
	}
	return cleanFile
}

func inventory(fsys vfs.FS, dir string) ([]byte, error) {
	names, err := fsys.List(dir)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var text []byte
	for _, name := range names {
		if !strings.HasPrefix(name, "MANIFEST-") && !strings.HasPrefix(name, "OPTIONS-") && !strings.HasPrefix(name, "marker.") {
			continue
		}
		content, err := readFile(fsys, fsys.PathJoin(dir, name))
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, cleanLine, name, len(content), sha256.Sum256(content))
	}
	return seal(text), nil
}

func readFile(fsys vfs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}

func syncDir(fsys vfs.FS, dir string) error {
	f, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
