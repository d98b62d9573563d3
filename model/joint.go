package model

import "time"

// JointState is where one unit's part of a joint action stands.
type JointState string

const (
	JointPushed    JointState = "pushed"    // 已推送, waits for a response
	JointAccepted  JointState = "accepted"  // 已响应, waits for feedback
	JointDeclined  JointState = "declined"  // 不适用
	JointDone      JointState = "done"      // 已反馈
	JointLifting   JointState = "lifting"   // listing ended, measures are to stop
	JointLifted    JointState = "lifted"    // 已解除
	JointCancelled JointState = "cancelled" // listing ended before anything was done
)

// JointTask is one unit's part of a joint action (联合奖惩): 发起 → 响应 → 执行反馈 → 解除.
// An action is its tasks: they share Action, and nobody writes more than the own one.
type JointTask struct {
	ID     string `bson:"_id"` // case/action/unit
	Action string `bson:"action"`
	Case   string `bson:"case"`
	// Month (YYYY-MM) is when the action began; statistics go by it.
	Month    string     `bson:"month"`
	Kind     ListKind   `bson:"kind"`
	USCC     SubjectID  `bson:"uscc"`
	Name     string     `bson:"name"`
	From     string     `bson:"from"` // unit that initiated
	FromName string     `bson:"fromName"`
	Unit     string     `bson:"unit"`
	Measures []string   `bson:"measures"`
	State    JointState `bson:"state"`
	PushedAt time.Time  `bson:"pushedAt"`
	// RespondBy and ReportBy are the clocks of response and feedback.
	RespondBy   Date      `bson:"respondBy"`
	ReportBy    Date      `bson:"reportBy"`
	RespondedAt time.Time `bson:"respondedAt,omitempty"`
	Reason      string    `bson:"reason,omitempty"` // why declined
	ReportedAt  time.Time `bson:"reportedAt,omitempty"`
	// Applied are the measures that were carried out, Report what came of it.
	Applied  []string  `bson:"applied,omitempty"`
	Report   string    `bson:"report,omitempty"`
	LiftedAt time.Time `bson:"liftedAt,omitempty"`
	ListedTo Date      `bson:"listedTo,omitempty"` // the listing's ValidTo
	// Queue is at whose desk the task waits, "" = nowhere; Due by when.
	Queue string `bson:"queue,omitempty"`
	Due   Date   `bson:"due,omitempty"`
	Rev   int64  `bson:"-"`
}

// JointStat counts one month's tasks of one kind of list.
type JointStat struct {
	Month                              string
	Kind                               ListKind
	Actions, Subjects, Tasks           int
	Responded, Late, Declined          int
	Reported, Lifting, Lifted, Overdue int
	Measures                           map[string]int // carried out, by code
}

// JointWrite is a change of tasks with everything that must be durable with it.
type JointWrite struct {
	Tasks []*JointTask // Rev 0 = new
	// Case is the listing of a new action: its revision moves, so that it cannot end unseen.
	Case   *ListCase
	Audit  AuditEntry
	Answer *IdempotencyRecord
}
