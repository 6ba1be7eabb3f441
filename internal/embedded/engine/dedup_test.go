package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestForgetLost(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	if err := o.writeConfig(); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(o.data(), "store", "0ab", "0ab1")
	for _, part := range []string{"202611_1_4_1", "202611_6_6_0", "all_1_1_0", "7f0c_3_9_2_12", "tmp_insert_202611_5_5_0", "detached", "deduplication_logs"} {
		if err := os.MkdirAll(filepath.Join(table, part), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const (
		before = "1\t202611_1_1_0\ta\n1\t202611_4_4_0\tb\n1\t202611_5_5_0\tc\n1\t202611_6_6_0\td\n2\t202611_9_9_0\te\n" +
			"1\t202612_1_1_0\tf\n1\tall_1_1_0\tg\n1\t7f0c_4_4_0\th\n1\t7f0c_10_10_0\ti\n1\tstrange\tj\n1\t202611_"
		after = "1\t202611_1_1_0\ta\n1\t202611_4_4_0\tb\n1\t202611_6_6_0\td\n2\t202611_9_9_0\te\n" +
			"1\tall_1_1_0\tg\n1\t7f0c_4_4_0\th\n1\tstrange\tj\n1\t202611_"
	)
	log := filepath.Join(table, "deduplication_logs", "deduplication_log_1.txt")
	if err := os.WriteFile(log, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{3, 0} {
		n, err := o.forgetLost()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if n != want || string(text) != after {
			t.Errorf("%d tokens forgotten, want %d; left:\n%s", n, want, text)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(log), "*")); len(files) != 1 {
		t.Errorf("the folder of the log holds %v", files)
	}
}
