//! How notices share the sheets of the wall: arithmetic of heights, without a glass.

/// Notices of one sheet that is not full stand further apart, by this share of their own height at most.
const AIR: f32 = 0.35;

/// One sheet: its columns, each a list of positions in `heights`.
pub type Columns = Vec<Vec<usize>>;

/// How many of each board's notices hang on the wall where there is room for `most` of them together: a large board
/// gives way to the small ones.
pub fn shares(up: &[usize], most: usize) -> Vec<usize> {
    let with = |each: usize| up.iter().map(move |up| *up.min(&each));
    let largest = up.iter().copied().max().unwrap_or(0).min(most);
    let each = (0..=largest).rev().find(|each| with(*each).sum::<usize>() <= most).unwrap_or(0);
    with(each).collect()
}

/// Fills as few sheets as possible, and those evenly: five notices on each of two rather than nine and one.
pub fn even(heights: &[f32], room: f32, columns: usize) -> Vec<Columns> {
    let fewest = greedy(heights, room, columns);
    let (mut low, mut high) = (room / 3.0, room);
    for _ in 0..8 {
        let middle = (low + high) / 2.0;
        if greedy(heights, middle, columns).len() <= fewest.len() { high = middle } else { low = middle }
    }
    greedy(heights, high, columns)
}

/// What each notice of a column has more than it needs.
pub fn air(column: &[usize], heights: &[f32], room: f32) -> f32 {
    let used: f32 = column.iter().map(|at| heights[*at]).sum();
    let count = column.len() as f32;
    ((room - used) / count).clamp(0.0, used / count * AIR)
}

/// In order, each column until the next notice no longer fits. One that is higher than the glass has a column alone.
pub fn greedy(heights: &[f32], room: f32, columns: usize) -> Vec<Columns> {
    let mut sheets: Vec<Columns> = Vec::new();
    let mut left = 0.0;
    for (at, &height) in heights.iter().enumerate() {
        if height > left || sheets.is_empty() {
            match sheets.last_mut() {
                Some(sheet) if sheet.len() < columns => sheet.push(Vec::new()),
                _ => sheets.push(vec![Vec::new()]),
            }
            left = room;
        }
        left -= height;
        sheets.last_mut().and_then(|sheet| sheet.last_mut()).expect("a sheet was just begun").push(at);
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::{air, even, greedy, shares};

    #[test]
    fn sheets_are_few_and_even() {
        let sheets = even(&[10.0; 10], 95.0, 1);
        assert_eq!(sheets.iter().map(|sheet| sheet[0].len()).collect::<Vec<_>>(), [5, 5]);
        let sheets = greedy(&[40.0, 40.0, 40.0, 200.0, 10.0], 100.0, 2);
        assert_eq!(sheets, [vec![vec![0, 1], vec![2]], vec![vec![3], vec![4]]]);
        assert!(even(&[], 100.0, 2).is_empty());
    }

    #[test]
    fn a_large_board_gives_way_to_small_ones() {
        assert_eq!(shares(&[3, 5], 600), [3, 5], "all of them where there is room");
        assert_eq!(shares(&[20_000], 600), [600]);
        assert_eq!(shares(&[20_000, 7, 900], 600), [296, 7, 296]);
        assert_eq!(shares(&[], 600), [0; 0]);
        assert_eq!(shares(&[5; 4], 2), [0; 4], "more boards than room: none is preferred");
    }

    #[test]
    fn air_is_shared_but_never_too_much() {
        assert_eq!(air(&[0, 1], &[10.0, 10.0], 24.0), 2.0);
        assert_eq!(air(&[0, 1], &[10.0, 10.0], 90.0), 3.5);
        assert_eq!(air(&[0], &[10.0], 9.0), 0.0);
    }
}
