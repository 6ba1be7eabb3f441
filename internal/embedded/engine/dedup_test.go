package engine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMendTokens(t *testing.T) {
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
			"1\t202612_1_1_0\tf\n1\tall_1_1_0\tg\n1\t7f0c_4_4_0\th\n1\t7f0c_10_10_0\ti\n1\tstrange\tj\n" +
			"1\tall_1\n1\tall_1_1_0\tk1\t7f0c_5_5_0\tl\n11\t7f0c_6_6_0\tm\n1\tall_1_1_0\tn2\t202611_6_6_0\to\n1\tall_9_9_01\tall_8_8_0\tp\n1\t202611_"
		after = "1\t202611_1_1_0\ta\n1\t202611_4_4_0\tb\n1\t202611_6_6_0\td\n2\t202611_9_9_0\te\n" +
			"1\tall_1_1_0\tg\n1\t7f0c_4_4_0\th\n1\tstrange\tj\n" +
			"1\t7f0c_5_5_0\tl\n1\t7f0c_6_6_0\tm\n2\t202611_6_6_0\to\n"
	)
	log := filepath.Join(table, "deduplication_logs", "deduplication_log_1.txt")
	if err := os.WriteFile(log, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []mended{{lost: 4, torn: 6}, {}} {
		n, err := o.mendTokens()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if n != want || string(text) != after {
			t.Errorf("%+v, want %+v; left:\n%s", n, want, text)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(log), "*")); len(files) != 1 {
		t.Errorf("the folder of the log holds %v", files)
	}
}
