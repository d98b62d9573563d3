package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"xinyi/model"
)

// Exit statuses of every verb.
const (
	exitOK     = 0
	exitFailed = 1 // it ran and failed, or a check found something
	exitUsage  = 2 // the call or the configuration is wrong; nothing was done
)

// command is what a verb works with.
type command struct {
	args           []string
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// verb is one subcommand.
type verb struct {
	name  string
	brief string
	run   func(ctx context.Context, c command) error
}

func verbs() []verb {
	return []verb{
		{"serve", "启动服务 start the server (--demo for the demo district)", serve},
		{"import", "导入数据文件 bring in CSV, XLSX and NDJSON", importFiles},
		{"synth", "生成合成数据 write a synthetic district as NDJSON", synthetic},
		{"bench", "测量各项任务 measure the jobs on a synthetic county", bench},
		{"audit verify", "校验审计日志与数据文件 prove the audit log and the data files", auditVerify},
		{"keys list", "列出密钥 list keys, never secrets", keysList},
		{"keys rotate", "轮换密钥 publish the next key of a use", keysRotate},
		{"keys retire", "销毁已退役密钥 destroy a retired key", keysRetire},
		{"keys master", "更换主密钥 change the master key", keysMaster},
		{"policy check", "检查规则文件 check rule files", policyCheck},
		{"policy propose", "提出规则版本 propose a rule version", policyPropose},
		{"policy show", "查看待批准的规则 show what waits for a second person", policyShow},
		{"policy approve", "批准规则版本 approve and publish what another proposed", policyApprove},
		{"pass verify", "脱网核验通行码 judge a pass with a gate's bundle alone", passVerify},
		{"settlement verify", "核验日终结算 prove a day's settlement with a gate's bundle alone", settlementVerify},
		{"judge all", "全员重评 judge everybody again by the rules in force", judgeAll},
		{"judge state", "重评进度 show how far that is", judgeState},
		{"judge", "说明一次评价 explain the judgement of a subject on a day", judge},
		{"quality recount", "重新计数 count the quality figures anew from the records", recount},
		{"replay", "重放一次优惠判断 make a benefit decision of the past again", replay},
		{"staff add", "新建工作人员账号 make a staff account", staffAdd},
		{"staff list", "列出工作人员账号 list staff accounts, never secrets", staffList},
		{"staff suspend", "停用工作人员账号 shut a member of staff out at once", staffSuspend},
		{"staff restore", "恢复工作人员账号 let a suspended member of staff in again", staffRestore},
		{"staff reset", "重置口令和动态口令 replace password and one-time secret", staffReset},
		{"staff unlock", "解除登录锁定 forget the failures of a user name", staffUnlock},
		{"client add", "新建银行或检票客户端 make a client of a bank or gate", clientAdd},
		{"client list", "列出客户端 list clients, never secrets", clientList},
		{"client suspend", "停用客户端 shut a client out at once", clientSuspend},
		{"client restore", "恢复客户端 let a suspended client in again", clientRestore},
		{"client rotate", "更换客户端密钥 replace the secret or keys of a client", clientRotate},
		{"session revoke", "注销账号的全部登录 end all sessions of an account", sessionRevoke},
		{"upstream export", "上报双公示 pack 双公示 for the platform above", upstreamExport},
		{"upstream receipt", "导入回执 take receipts of the platform above in", upstreamReceipt},
		{"config check", "检查配置 check the configuration", configCheck},
		{"backup", "备份数据目录 back up a data folder", backup},
		{"restore", "恢复备份 restore a backup and verify it", restore},
	}
}

// errUsage marks errors of the call itself.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run is the program without the process around it, so that tests can call it.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		help(stdout)
		return exitOK
	}
	v, rest, ok := find(args)
	if !ok {
		fmt.Fprintf(stderr, "xinyi: 没有 %q 这个子命令；运行 xinyi help 查看全部子命令。\n", args[0])
		return exitUsage
	}
	err := v.run(ctx, command{args: rest, env: env, stdin: stdin, stdout: stdout, stderr: stderr})
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "xinyi %s: %v\n运行 xinyi %s --help 查看用法。\n", v.name, err, v.name)
		return exitUsage
	}
	fmt.Fprintf(stderr, "xinyi %s: %v\n", v.name, explain(err))
	return exitFailed
}

// explain adds the cause of a model error, which its text leaves out: the operator may
// see it.
func explain(err error) string {
	var e *model.Error
	if errors.As(err, &e) && e.Err != nil {
		return err.Error() + " (" + e.Err.Error() + ")"
	}
	return err.Error()
}

// find matches one- and two-word verbs ("audit verify").
func find(args []string) (verb, []string, bool) {
	for _, v := range verbs() {
		words := strings.Fields(v.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return v, args[len(words):], true
		}
	}
	return verb{}, nil, false
}

func help(w io.Writer) {
	fmt.Fprintln(w, "xinyi: 信易+ 公共信用服务 public-credit service\n\n用法 usage: xinyi <子命令 verb> [flags]")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-14s %s\n", v.name, v.brief)
	}
	fmt.Fprintln(w, "\n每个子命令都有 --help。退出码 exit status: 0 成功, 1 失败或检查发现问题, 2 用法或配置有误。")
}
