package benchload

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// maxRequest bounds one raw request, bytes.
const maxRequest = 4 << 20

// WriteRequests writes raw HTTP/1.1 requests for Phase.File, each after its length.
func WriteRequests(path string, requests [][]byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for _, r := range requests {
		var size [4]byte
		binary.LittleEndian.PutUint32(size[:], uint32(len(r)))
		w.Write(size[:]) // errors stay in w until Flush
		w.Write(r)
	}
	return errors.Join(w.Flush(), f.Close())
}

var errRequests = errors.New("benchload: not a file of requests")

func readRequests(path string) ([][]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var requests [][]byte
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, errRequests
		}
		size := int(binary.LittleEndian.Uint32(data))
		if data = data[4:]; size == 0 || size > maxRequest || size > len(data) {
			return nil, errRequests
		}
		requests = append(requests, data[:size:size])
		data = data[size:]
	}
	if len(requests) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return requests, nil
}
