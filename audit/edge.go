package audit

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// edge is the right edge of a growing tree: the tile of each level that is not full
// yet. It is all that is needed to append leaves and to compute the root.
type edge struct {
	size int64
	rows [][]tlog.Hash    // rows[n]: hashes of the unfinished tile of level n, < 256
	runs []model.AuditRun // the entries behind rows[0]
}

// clone copies e, so that a fold that fails leaves e as it was.
func (e *edge) clone() *edge {
	c := &edge{size: e.size, rows: make([][]tlog.Hash, len(e.rows)), runs: slices.Clone(e.runs)}
	for i, row := range e.rows {
		c.rows[i] = append(make([]tlog.Hash, 0, tileWidth), row...)
	}
	return c
}

// append adds a leaf; full is called with each tile that it completes.
func (e *edge) append(l leaf, full func(level int, index int64, hashes []tlog.Hash, runs []model.AuditRun)) {
	e.runs = appendRun(e.runs, l.gen, l.seq)
	e.size++
	hash := l.hash
	for level := 0; ; level++ {
		if level == len(e.rows) {
			e.rows = append(e.rows, make([]tlog.Hash, 0, tileWidth))
		}
		e.rows[level] = append(e.rows[level], hash)
		row := e.rows[level]
		if len(row) < tileWidth {
			return
		}
		var runs []model.AuditRun
		if level == 0 {
			runs, e.runs = e.runs, nil
		}
		full(level, e.size>>(tileHeight*(level+1))-1, row, runs)
		hash = subtree(row)
		e.rows[level] = make([]tlog.Hash, 0, tileWidth)
	}
}

// partial calls f with the unfinished tile of each level.
func (e *edge) partial(f func(level int, index int64, hashes []tlog.Hash, runs []model.AuditRun)) {
	for level, row := range e.rows {
		if len(row) == 0 {
			continue
		}
		var runs []model.AuditRun
		if level == 0 {
			runs = e.runs
		}
		f(level, e.size>>(tileHeight*(level+1)), row, runs)
	}
}

// root is the tree's hash.
func (e *edge) root() tlog.Hash {
	root, err := tlog.TreeHash(e.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			level, n := tlog.SplitStoredHashIndex(x)
			row, height := e.rows[level/tileHeight], level%tileHeight
			first := n << height & (tileWidth - 1)
			hashes[i] = subtree(row[first : first+1<<height])
		}
		return hashes, nil
	}))
	if err != nil { // the reader above gives what it is asked for
		panic(err)
	}
	return root
}

// subtree is the hash over a power of two of neighbours.
func subtree(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(subtree(hashes[:half]), subtree(hashes[half:]))
}

// loadEdge reads the edge of a tree of size leaves.
func loadEdge(ctx context.Context, source Source, origin string, size int64) (*edge, error) {
	e := &edge{size: size}
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		width := int(size >> (tileHeight * level) & (tileWidth - 1))
		row := make([]tlog.Hash, 0, tileWidth)
		if width > 0 {
			index := size >> (tileHeight * (level + 1))
			tile, err := readTile(ctx, source, origin, level, index, width)
			if err != nil {
				return nil, err
			}
			row = append(row, tile.hashes...)
			if level == 0 {
				e.runs = tile.runs
			}
		}
		e.rows = append(e.rows, row)
	}
	return e, nil
}

// tile is a model.AuditTile read back.
type tile struct {
	index  int64
	hashes []tlog.Hash
	runs   []model.AuditRun
}

// readTile gives the first width hashes of a tile: CodeInternal if it holds fewer.
func readTile(ctx context.Context, source Source, origin string, level int, index int64, width int) (tile, error) {
	stored, err := source.Tiles(ctx, origin, level, index, 1)
	if err != nil {
		return tile{}, err
	}
	if len(stored) == 0 {
		return tile{}, tileFault(origin, level, index, "缺失")
	}
	return openTile(stored[0], width)
}

func openTile(t model.AuditTile, width int) (tile, error) {
	if len(t.Hashes) < width*tlog.HashSize {
		return tile{}, tileFault(t.Origin, t.Level, t.Index, "不完整")
	}
	opened := tile{index: t.Index, hashes: make([]tlog.Hash, width)}
	for i := range opened.hashes {
		opened.hashes[i] = tlog.Hash(t.Hashes[i*tlog.HashSize:])
	}
	if t.Level > 0 {
		return opened, nil
	}
	left := uint64(width)
	for _, r := range t.Runs {
		if r.Count = min(r.Count, left); r.Count > 0 {
			opened.runs = append(opened.runs, r)
			left -= r.Count
		}
	}
	if left > 0 {
		return tile{}, tileFault(t.Origin, t.Level, t.Index, "的条目对照不完整")
	}
	return opened, nil
}

func tileFault(origin string, level int, index int64, what string) error {
	return model.Errorf(model.CodeInternal, "审计树 %s 第 %d 层第 %d 块%s，请运行审计校验。", origin, level, index, what)
}

// storedTile makes the document of a tile.
func storedTile(origin string, level int, index int64, hashes []tlog.Hash, runs []model.AuditRun) model.AuditTile {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return model.AuditTile{Origin: origin, Level: level, Index: index, Hashes: b, Runs: slices.Clone(runs)}
}

// tileReader lets tlog read a stored tree; it verifies every tile against the root.
type tileReader struct {
	ctx    context.Context
	source Source
	origin string
}

func (r tileReader) Height() int                         { return tileHeight }
func (r tileReader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		stored, err := r.source.Tiles(r.ctx, r.origin, t.L, t.N, 1)
		if err != nil {
			return nil, err
		}
		if len(stored) == 0 || len(stored[0].Hashes) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("audit: tile %s is missing or short", t.Path())
		}
		data[i] = stored[0].Hashes[:t.W*tlog.HashSize]
	}
	return data, nil
}
