package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// signer is how a member of staff proves who they are to a tool.
type signer struct {
	Username string `json:"username"`
	Password string `json:"password"`
	OTP      string `json:"otp"`
}

// signerFlags read a signer.
type signerFlags struct {
	signer
	file string
}

func (f *signerFlags) flags(fs *flag.FlagSet) {
	fs.StringVar(&f.Username, "by", "", "user name of the staff account 工作人员用户名")
	fs.StringVar(&f.file, "password-file", "", "file with the password; without it one line is read from standard input 口令文件，省略时从标准输入读一行")
	fs.StringVar(&f.OTP, "otp", "", "one-time password, where the role has one 动态口令")
}

// read takes the password in; it never stands in the arguments, which other users may see.
func (f *signerFlags) read(c command) error {
	if f.Username == "" {
		return usageError{errors.New("请用 --by 写明工作人员用户名")}
	}
	if f.file != "" {
		raw, err := os.ReadFile(f.file)
		if err != nil {
			return usageError{err}
		}
		f.Password = strings.TrimRight(string(raw), "\r\n")
	} else {
		fmt.Fprintf(c.stderr, "%s 的口令（一行）: ", f.Username)
		line, err := bufio.NewReader(io.LimitReader(c.stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		f.Password = strings.TrimRight(line, "\r\n")
	}
	if f.Password == "" {
		return usageError{errors.New("没有读到口令，请在标准输入写一行，或用 --password-file")}
	}
	return nil
}

// signs checks the password of a signer, with a lock-out of its own: failures at the front
// door do not keep the operator from working.
func (p *platform) signs(ctx context.Context, s signer) (model.Principal, error) {
	repo := store.NewSignIns(p.driver)
	desk := identity.NewStaff(identity.StaffConfig{}, repo, repo, repo, p.vault, nil, p.audit, p.clock)
	return desk.Confirm(ctx, identity.StaffSignIn{Username: s.Username, Password: s.Password, OTP: s.OTP}, identity.Caller{Local: true})
}
