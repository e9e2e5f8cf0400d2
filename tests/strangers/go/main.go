// Verify judges exported logs with golang.org/x/mod/sumdb: note for checkpoints, tlog for trees.
//
// Usage: verify VERIFIER-KEY DIRECTORY...
//
// A directory is one that `relec audit export` wrote. It may also hold known.checkpoint, which the
// verifier remembers from before, and proofs/*.tlog-proof. One JSON line a directory says what came
// of it; the exit code is 2 only if the question was wrong.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height      = 8
	width       = 1 << height
	proofHeader = "c2sp.org/tlog-proof@v1"
)

type verdict struct {
	Directory string `json:"directory"`
	Verdict   string `json:"verdict"`
	Origin    string `json:"origin,omitempty"`
	Size      int64  `json:"size"`
	Root      string `json:"root,omitempty"`
	Proofs    int    `json:"proofs"`
	Reason    string `json:"reason,omitempty"`
}

// export is one directory; it gives tlog the tiles that it asks for.
type export struct {
	path string
	tree tlog.Tree
}

func (e *export) Height() int                             { return height }
func (e *export) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}

// ReadTiles reads tiles where C2SP has them: without the height in the path.
func (e *export) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(e.path, name))
		if err != nil {
			return nil, fmt.Errorf("%s is missing", name)
		}
		found[i] = data
	}
	return found, nil
}

// entries reads bundle n.
func (e *export) entries(n int64) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: n, W: width}
	if rest := e.tree.N - n*width; rest < width {
		tile.W = int(rest)
	}
	name := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(e.path, name))
	if err != nil {
		return nil, fmt.Errorf("%s is missing", name)
	}
	var found [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s is cut off", name)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		found = append(found, data[2:end])
		data = data[end:]
	}
	if len(found) != tile.W {
		return nil, fmt.Errorf("%s has %d entries", name, len(found))
	}
	return found, nil
}

// opened is the tree that a checkpoint states, if the key's owner signed it about its own log.
func opened(data []byte, key note.Verifier) (tlog.Tree, error) {
	signed, err := note.Open(data, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, errors.New("a checkpoint has three lines")
	}
	if lines[0] != key.Name() {
		return tlog.Tree{}, errors.New("the checkpoint is of another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("the size is malformed")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("the root is malformed")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

func judge(path string, key note.Verifier) (verdict, error) {
	told := verdict{Directory: path, Verdict: "refused"}
	data, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return told, errors.New("checkpoint is missing")
	}
	e := &export{path: path}
	if e.tree, err = opened(data, key); err != nil {
		return told, err
	}
	told.Origin, told.Size, told.Root = key.Name(), e.tree.N, fmt.Sprintf("%x", e.tree.Hash[:])
	hashes := tlog.TileHashReader(e.tree, e)
	var all [][]byte
	for n := int64(0); n*width < e.tree.N; n++ {
		entries, err := e.entries(n)
		if err != nil {
			return told, err
		}
		if err := e.prove(entries, n*width, hashes); err != nil {
			return told, err
		}
		all = append(all, entries...)
	}
	if err := e.continues(key, hashes); err != nil {
		return told, err
	}
	files, _ := filepath.Glob(filepath.Join(path, "proofs", "*.tlog-proof"))
	for _, file := range files {
		if err := checkProof(file, key, all); err != nil {
			return told, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		told.Proofs++
	}
	told.Verdict = "accepted"
	return told, nil
}

// prove checks entries against the tiles, and the tiles against the root: all hashes of a bundle at
// once, and the first entry, or any whose hash is another one, with a proof of its own.
func (e *export) prove(entries [][]byte, first int64, hashes tlog.HashReader) error {
	indexes := make([]int64, len(entries))
	for i := range entries {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	found, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		hash, index := tlog.RecordHash(entry), first+int64(i)
		if i > 0 && hash == found[i] {
			continue
		}
		proof, err := tlog.ProveRecord(e.tree.N, index, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, e.tree.N, e.tree.Hash, index, hash); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

// continues checks that the log has only grown since the checkpoint that is remembered.
func (e *export) continues(key note.Verifier, hashes tlog.HashReader) error {
	data, err := os.ReadFile(filepath.Join(e.path, "known.checkpoint"))
	if err != nil {
		return nil
	}
	known, err := opened(data, key)
	if err != nil {
		return err
	}
	if known.N > e.tree.N {
		return errors.New("the checkpoint is older than one that is known")
	}
	proof, err := tlog.ProveTree(e.tree.N, known.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, e.tree.N, e.tree.Hash, known.N, known.Hash)
}

// checkProof checks a tlog-proof of the node against the entry that stands at its index.
func checkProof(file string, key note.Verifier, entries [][]byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != proofHeader || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("this is not a tlog-proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil || index < 0 || index >= int64(len(entries)) {
		return errors.New("there is no entry of this index")
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := opened(checkpoint, key)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index]))
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: verify VERIFIER-KEY DIRECTORY...")
		os.Exit(2)
	}
	key, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	out := json.NewEncoder(os.Stdout)
	for _, path := range os.Args[2:] {
		told, err := judge(path, key)
		if err != nil {
			told.Reason = err.Error()
		}
		if err := out.Encode(told); err != nil {
			os.Exit(2)
		}
	}
}
