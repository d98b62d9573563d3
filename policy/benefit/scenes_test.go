package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// Every scene has a rule in the demo district, and every type of value is used.
func TestSeed_coversEveryScene(t *testing.T) {
	scenes, values := map[model.Scene]int{}, map[benefit.ValueType]int{}
	for _, r := range book(t).Published(instant(t, "2026-11-22T10:00:00+08:00")) {
		scenes[r.Scene]++
		values[r.Value.Type]++
	}
	for _, s := range []model.Scene{model.SceneTour, model.SceneApprove, model.SceneMedical, model.SceneRead, model.SceneTravel, model.SceneRent,
		model.SceneLoan, model.SceneElderly, model.SceneEducation, model.SceneConsume} {
		require.Positive(t, scenes[s], s)
	}
	for _, v := range []benefit.ValueType{benefit.ValuePercent, benefit.ValueAmount, benefit.ValueFree, benefit.ValueDeposit, benefit.ValuePriority, benefit.ValueQuota} {
		require.Positive(t, values[v], v)
	}
}
