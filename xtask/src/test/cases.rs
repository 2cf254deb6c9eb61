/// How many cases a test program ran, read from what it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cases {
    pub(super) passed: u64,
    pub(super) failed: u64,
    /// Left out by the test program, by its own choice.
    pub(super) ignored: u64,
}

impl Cases {
    /// Takes in one line of output: cargo's `test result: …`, or one of the last lines of `node --test`.
    pub(super) fn count(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            for part in result.split([';', '.']) {
                let mut words = part.split_whitespace();
                if let (Some(number), Some(what)) = (words.next(), words.next()) {
                    self.add(what, number);
                }
            }
        } else if let Some(summary) = line.strip_prefix("# ").or(line.strip_prefix("ℹ "))
            && let Some((what, number)) = summary.split_once(' ')
        {
            self.add(what, number);
        }
    }

    /// Those of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }

    fn add(&mut self, what: &str, number: &str) {
        let Ok(number) = number.parse::<u64>() else { return };
        match what {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" => self.failed += number,
            "ignored" | "skipped" | "todo" => self.ignored += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> Cases {
        let mut cases = Cases::default();
        lines.iter().for_each(|line| cases.count(line));
        cases
    }

    #[test]
    fn cargo_says_one_line_for_each_test_program() {
        let lines = [
            "running 5 tests",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(counted(&lines), Cases { passed: 7, failed: 1, ignored: 1 });
    }

    #[test]
    fn node_says_one_line_for_each_kind_in_either_style() {
        assert_eq!(counted(&["# tests 4", "# pass 3", "# fail 1", "# skipped 0"]).passed, 3);
        assert_eq!(counted(&["ℹ pass 3", "ℹ fail 0", "ℹ skipped 2", "ℹ todo 1"]).ignored, 3);
    }
}
