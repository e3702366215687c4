"""Patterns of the sentences that a plan keeps, in English; their Chinese is `sentences_zh`.

Keys are for good: plans in files are told by them. A pattern that needs other parts gets
another key.
"""

__all__ = ["ENGLISH"]

ENGLISH: dict[str, str] = {
    # --- pieces of sentences ---
    "span": "{low} to {high}",
    "gap_first": "{total:counted}: 1 grid needs at least {least:number}",
    "gap_second": "{total:counted}: 1 grid holds at most {most:number}, 2 grids need at least "
    "{least:number}",
    "gap": "{total:counted}: {few} grids hold at most {most:number}, {more} grids need at least "
    "{least:number}",
    # --- cutting buildings ---
    "limit": "a {level:level} grid (at most {most:number} {measure:measure})",
    "limit_clause": "a {level:level} grid (at most {most:number} {measure:measure}; "
    "{clause:clause})",
    "into_stairwells": "its {n} stairwells",
    "into_bands": "{n} bands of {floors} floors",
    "cut": "Building {unit} ({held:counted}) exceeds {limit} and was cut into {into:and}, of "
    "{sizes} {measure:measure} each.",
    "cut_exceeds": "Building {unit} ({held:counted}) exceeds {limit} and was cut into "
    "{into:and}, of {sizes} {measure:measure} each; a part that exceeds it still stands alone: "
    "{why}.",
    "shared_out": "The counts of cut buildings are shared out evenly over their stairwells and "
    "floors.",
    "unit_held": "{unit} ({held:counted})",
    "one_exceeds": "{n} unit alone exceeds a grid: {units:names}; {why}.",
    "some_exceed": "{n} units alone exceed a grid: {units:names}; {why}.",
    "cuts_nothing": 'split_to = "{split_to}" cuts no building',
    "one_stairwell": 'it is one stairwell, where split_to = "stairwell" stops',
    "one_floor": "it is one floor",
    "no_stairwells_floors": "the columns stairwells and floors, by which it could be cut, are "
    "empty",
    "column_empty": "the column {column:measure}, by which it could be cut, is empty",
    # --- said while it works ---
    "compiling": "compiling the search: about ten seconds, once on this machine",
    "cells_of": "cells of {name}",
    "grids_of": "grids of {name}",
    "interrupted": "interrupted: the communities left keep their first plan",
    # --- said of a whole plan ---
    "street_whole": "The communities name no sub-district (street_id), and their codes "
    "have not 12 digits: the whole district counts as one, {name}.",
    "streets_by_code": "The communities name no sub-district (street_id): the first 9 digits "
    "of their codes tell it, {n} in all: {streets:names}.",
    "no_number": "No number of {level:level} grids divides {name}: {why}.",
    "opened": "Compound {name} ({held:counted}) lies in several {level:level} grids: {why}.",
    "opened_balance": "its load alone left grids uneven, and the weight of compounds allows it",
    "opened_exceeds": "it holds more than a grid may",
    "opened_pieces": "it lies in pieces, cut by a barrier or another unit",
    "opened_range": "or a grid would be out of range",
    "straight_line": "the straight line times {detour}, an assumption for the walk",
    "no_stations": "The rules measure walks from stations, and the district has none: a grid's "
    "best center stands in.",
    "no_streets": "Radius is measured from a grid's middle; with no streets given, a walk is "
    "{way}.",
    "no_street_near": "{n} of {total} units have no street within {reach} m; where it is shorter "
    "than by the nearest street, their way is {way}: {units:names}.",
    "streets_apart": "The streets are in {pieces} pieces that do not meet; between them a walk "
    "is {way}.",
    "no_font": "No font with Chinese characters is installed, so the maps are labeled in English "
    "and by codes; install Noto Sans CJK SC.",
    # --- difficulty and hours ---
    "column_taken": "Column {short} of the units is taken as {full}.",
    "no_indicators": "no indicator columns ({columns:names}): difficulty not used, every score "
    "is 0",
    "indicator_missing": "{n} of {total} units have no {column!r}: their other indicators make up "
    "the score",
    "indicator_constant": "{column!r} is the same in all units: it scores 0 in each",
    "weight": "{column} {share}",
    "by_ahp": "Weights by AHP, consistency ratio {ratio}",
    "by_entropy": "Weights by entropy",
    "weights": "{how}: {weights:comma}.",
    "weights_idle": "{how}: {weights:comma}; the same in all units, which is no weight: "
    "{idle:comma}.",
    "weights_alike": "{how}: {weights:comma}; the same in all units, which is no weight: "
    "{idle:comma}; as none differs, all count alike.",
    "no_indicator": "{n} of {total} units have no indicator at all: {instead}",
    "score_unused": "difficulty not used, every score is 0",
    "score_of_community": "they take the mean score of their community",
    "score_of_others": "they take the mean score of the others, {mean}",
    "tasks_left_out": "no columns {columns:comma} in the units: hours leave out their tasks",
    "hours_missing": "{n} of {total} units have no {column!r}: their hours take the mean of the "
    "units of their community",
    "grade_count": "{grade:grade} {n}",
    "grades": "Units by class of difficulty: {counts:comma}.",
    # --- exclusive sites ---
    "became_sites": "{n} units became exclusive sites ({kind}; {clause:clause}): {units:names}.",
    "sites_unknown": "{n} units state no floors or kind, so that nobody knows whether they are "
    "exclusive sites ({kind}); they are not: {units:names}.",
    "points_no_sites": "{n} units are points and cannot be exclusive sites: {units:names}.",
    "site_stays": "Exclusive site {name} holds {held:counted}, too many for one grid "
    "({clause:clause}), and stays one grid: {why:semicolon}.",
    "site_split": "Exclusive site {name} holds {held:counted}, too many for one grid "
    "({clause:clause}), and became {n} grids with {sizes} each{assumed}{kept}.",
    "site_floors_even": "; that its floors are spread evenly is an assumption, and ground drawn "
    "for such a grid stands for its share",
    "site_shares_even": "; that its {measure:measure} are spread evenly is an assumption, and "
    "ground drawn for such a grid stands for its share",
    "site_too_large": "; one or more are still too large: {why:semicolon}",
    "one_building": "it is one building",
    "floors_unknown": "its floors are not known",
    "floor_holds_more": "a single floor holds more",
    # --- the plan in force ---
    "retired_not_again": "Codes that were retired are not given again: {codes:names}.",
    "codes_by_template": "{n} {level:level} grids got a code by the template: {pairs:names}.",
    "level_unknown": "{plan} says nothing of level {levels:comma}, whose codes are all new.",
    "units_gone": "{n} units are no longer in the district ({plan}): {units:names}.",
    "units_new": "{n} units are new since ({plan}): {units:names}.",
    "codes_retired": "{n} codes are retired and will not be given again: {codes:names}.",
    "grids_kept": "{n} grids stay as they are in {plan}, by wish: {codes:names}.",
    "kept_without": "Grid {code} of level {level:level} is kept without {n} units that are no "
    "longer in the district: {units:names}.",
    "joins_kept": "Unit {unit} is new and lies among kept grids: it joins grid {code} of level "
    "{level:level}.",
    # --- posts and persons ---
    "basis_number": "{number} per grid [{label}]",
    "basis_per": "1 per {per} {measure:measure} [{label}]",
    "basis_hours": "1 per {hours} hours a month [{label}]",
    "label_found": "found",
    "label_press": "press",
    "label_assumption": "assumption",
    "no_hours": "Post {post} ({title}) is counted by hours, and the plan has no hours of "
    "{level:level} grids: none are counted.",
    "pairs_missing": "Post {post} ({title}): {total} for {grids} grids would need {wanted} pairs "
    "of neighboring grids with one parent, and there are {found}: {more} more are needed.",
    "personal_left_out": "{file}: columns that look personal were left out: {columns:names}.",
    "roster_left_out": "{file}: columns that a roster has no use for were left out: "
    "{columns:names}.",
    "home_strange": "{n} persons of the roster name a home unit or community that the district "
    "does not have: {persons:names}.",
    "home_unknown": "{n} persons have no known home; they get posts that nobody nearer can fill: "
    "{persons:names}.",
    "home_community": "The home of {n} persons is taken to be the middle of their community, an "
    "assumption: {persons:names}.",
    "vacancy": "{title} {n}",
    "vacant": "{n} of {total} posts are vacant: {posts:comma}.",
    "left_over": "{n} persons of the roster are left over: {persons:names}.",
    "lacking": "{person} in {code} ({skills})",
    "skills_lacking": "{n} persons lack skills that their grid wants: {persons:names}.",
    "straight_homes": "{n} walks from home to a grid are straight lines times the detour, an "
    "assumption.",
    # --- stations ---
    "stations": "{n} new stations would bring {after} of {total} {measure:measure} within "
    "{within} m of a station, instead of {before}; {bound}. At {units:comma}.",
    "stations_none": "{n} new stations would bring {after} of {total} {measure:measure} within "
    "{within} m of a station, instead of {before}; {bound}. At none: nobody is farther.",
    "stations_best": "no other places bring more",
    "stations_bound": "no places can bring more than {best}",
    # --- what could be done instead ---
    "alt_join": "Join it with grid {other} ({held:counted} together): {price:semicolon}.",
    "alt_give": "Move {units:names:3} to grid {other} ({here:counted} here, {there:counted} "
    "there): {price:semicolon}.",
    "alt_take": "Take {units:names:3} from grid {other} ({here:counted} here, {there:counted} "
    "there): {price:semicolon}.",
    "alt_split": "Divide it, {units:names:3} apart ({here:counted} and {there:counted}): "
    "{price:semicolon}.",
    "alt_out": "{held:counted} would be out of {range}",
    "alt_far": "a walk of {walk:number} m would be beyond {limit:number} m",
    "alt_free": "no rule of the level would be broken",
    "alt_cut": 'Cut {units:names:3} by split_to = "{finer}" into {n} pieces of at most '
    "{most:counted}.",
    "alt_crossing": "{then} That needs a crossing over the barrier.",
    "alt_unlocked": "{then} Then {codes:names} would not be kept.",
    "alt_most": "Let a grid hold up to {held:counted}.",
    "alt_least": "Let a grid hold as little as {held:counted}.",
    "alt_radius": "Let the radius be {walk:number} m.",
    "alt_station": "Open a station nearer to {units:names:3}, or let the radius be {walk:number} "
    "m.",
    # --- incidents ---
    "incidents_counted": "{column}: {counted:number} reports in {used} of {records} records, "
    "from {first} to {last} ({years} years), in {hit} of {total} units; the others count 0.",
    "incidents_no_rate": "{column}: {n} of {total} units have no {per:measure} and no rate; {hit} "
    "of them have reports, which count in hours.",
    "incidents_replaced": "Columns of the units replaced by those counted from incidents: {column}",
    # --- why a grid breaks a rule ---
    "range_between": "{low:number}-{high:number}",
    "range_from": "at least {low:number}",
    "range_to": "at most {high:number}",
    "out_of_range": "Grid {grid}: {held:counted}, range {limits}; {why}.",
    "community_bare": "Grid {grid}: community {community} has no units.",
    "community_bare_no_grid": "Community {community} has no units, and no grid.",
    "compound_atom": "compound {name}",
    "building_atom": "building {name}",
    "stairwell_atom": "stairwell {number} of {name}",
    "stairwell_atom_only": "stairwell of {name}",
    "and_cause": "{why}, and {cause}",
    "unproven": "nothing shows that it had to be",
    "unproven_join": "{heavy:names:3} alone has {size:number}, but nothing shows that "
    "{rest:names:3} had to join it",
    "never_divided": "its level does not divide communities",
    "communities_given": "which communities it holds is given, and no plan chooses it",
    "alone_has": "{name} alone has {size:number}",
    "heavy_cuts_off": "oversize {cut:names:3} cuts off {units:names:3} with only {held:counted}",
    "no_set": "no contiguous set of units around {name} adds up to {limits} {measure:measure}",
    "community_has_only": "its community has only {held:counted}",
    "barrier_cuts_off": "a barrier cuts off {units:names:3} with only {held:counted}",
    "border_no_other": "{units:names:3} with only {held:counted} border no other unit",
    "no_plan_betters": "{units:names:3} cannot be divided into grids that are less out of range "
    "in all",
    "no_count_holds": "no number of grids holds {span} ({shown})",
    "too_few_partners": "no two of {needy:names:3} fit into one grid, only {partners:names:3} "
    "could complete them, and {short} of {total} must do without",
    "too_far": "Grid {grid}: {walk:number} m from {place} to the farthest unit, at most "
    "{most:number} m; beyond: {units:names}.",
    "too_far_why": "Grid {grid}: {walk:number} m from {place} to the farthest unit, at most "
    "{most:number} m; beyond: {units:names}; {why}.",
    "its_center": "its center",
    "nearest_station": "the nearest station",
    "no_station_nearer": "no division of grids brings a station nearer",
    "kept_whole": "{what} is kept whole",
    "range_first": "the range goes first, and {why}",
    "radius_first": "the radius goes first, and {why}",
    "no_center": "no center within {most:number} m reaches {least:counted} from {units:names}",
    "kept_by_wish": "{what} It is kept unit for unit by wish, and locks go before this rule.",
    "in_a_hole": "Grid {inside} lies in a hole of grid {around}; no better plan was found.",
    # --- laws that a plan breaks ---
    "area_of_community": "community {name}",
    "area_of_district": "the district",
    "grid_named": "grid {name}",
    "site_named": "site {name}",
    "none_covers": "No grid of level {level:level} covers {region}.",
    "leaves_bare": "Grids of level {level:level} in {region} leave {share} in a million of its "
    "area uncovered; {area} m2 of that lie beside grid {grid}.",
    "reaches_outside": "Grids of level {level:level} in {region} cover {share} in a million of "
    "its area outside it; {area} m2 of that lie beside grid {grid}.",
    "community_strange": "Grid {grid} names the community {community}, which does not exist.",
    "overlaps": "There are {area} m2 of {region} in {both:and} at once.",
    "parent_strange": "Grid {grid} names the parent {parent}, which is no grid of level "
    "{level:level}.",
    "outside_parent": "Grid {grid} lies outside its parent {parent} with {area} m2.",
    "not_in_parent": "Grid {grid} holds units that are not in its parent: {units:names}.",
    "code_no_text": "The code {code} of level {level:level} is no text.",
    "torn": "Community {name} is divided among grids {grids:names} of level {level:level}.",
    "code_twice": "The code {code} of level {level:level} stands for more than one grid.",
    "code_of_other": "The code {code} of level {level:level} does not begin with the code of its "
    "parent, {parent}.",
    "units_twice": "{n} of {total} units are in the table more than once: {units:names}.",
    "units_no_grid": "{n} of {total} units have no grid of level {level:level}: {units:names}.",
    "units_no_such_grid": "{n} of {total} units have codes that no grid of level {level:level} "
    "has: {units:names}.",
    "units_abroad": "{n} of {total} units are in a grid of another community: {units:names}.",
    "units_outside": "{n} of {total} units lie outside the outline of their grid: {units:names}.",
    "divided": "Grids {grids:names} of level {level:level} divide {what} among them.",
    "sum_differs": "Level {level:level} holds {total} of {wanted} {measure:measure}.",
    "grid_sum_differs": "Grid {grid} states {stated} {measure:measure}; its units have {actual}.",
    "grid_in_pieces": "Grid {grid} lies in {n} pieces: {apart:names} apart from {rest:names}.",
    "site_not_beside": "Grid {grid} does not adjoin site {site}, where it has {units:names}.",
    # --- what a law was held to ---
    "checked_cover": "{n} covered, at worst {share} in a million of the area amiss",
    "checked_overlap": "at worst {share} in a million of the area twice",
    "checked_no_nesting": "nests in no level of this plan",
    "checked_nesting": "{n} grids, at worst {share} in a million of a parent's area outside it",
    "checked_codes": "{n} grids, {codes} codes",
    "checked_units": "{n} of {total} units in one grid each",
    "checked_sums": "{sums:comma}",
    "checked_sum": "{total} {measure:measure}",
    "checked_whole": "grids are whole communities",
    "checked_pieces": "{n} grids, {broken} in pieces",
    "checked_enclaves": "{n} grids, {broken} in pieces; in pieces as their community is: "
    "{codes:names}",
    # --- found in the data ---
    "finding": "{what} {found}",
    "listed": "{names:names}",
    "listed_12": "{names:names:12}",
    "listed_20": "{names:names:20}",
    "rows_did": "{n} of {total} {rows} {deed}:",
    "rows_communities": "communities",
    "rows_units": "units",
    "rows_streets": "streets",
    "rows_barriers": "barriers",
    "rows_crossings": "crossings",
    "rows_exclusive": "exclusive sites",
    "rows_stations": "stations",
    "rows_incidents": "incidents",
    "rows_grids": "grids",
    "projected": "{layers:and}: projected from {source} to {crs}.",
    "in_parts": "lie in several parts",
    "crossed_themselves": "crossed themselves and were mended",
    "changed_by": "{name} (changed by {m2} m2)",
    "slight_overlap": "overlap each other within tolerance",
    "pair_overlaps": "{one} with {other} ({m2})",
    "points_share": "are points that share their place",
    "outside_left": "({lost:comma}) lie outside every community and were left out",
    "just_outside": "lie just outside the community they state and stay with it",
    "states_nearer": "{name} (states {stated}, lies nearer to {nearer})",
    "went_nearest": "lie outside every community and went to the nearest",
    "went_to": "{name} to {community}",
    "reach_out": "reach out of their community",
    "are_copies": "are exact copies of another outline",
    "copy_of": "{name} of {first}",
    "copy_of_alike": "{name} of {first}, all else equal, too",
    "are_slivers": "are slivers, nowhere wider than {gap} m",
    "n_parts": "{name} ({n} parts)",
    "are_bottlenecks": "are bottlenecks: without them others are cut off",
    "beyond_it": "{name} ({held} beyond it)",
    "one_unit": "1 unit",
    "n_units": "{n} units",
    "units_with": "{units} with {held:counted}",
    "are_islands": "are islands, without a neighbor in their community",
    "in_loose_pieces": "fall into pieces that no border joins",
    "pieces_of": "{name} ({pieces:semicolon})",
    "pieces_of_more": "{name} ({pieces:semicolon}; …)",
    "gap_at": "{m2} at {names:names:3}",
    "one_seam": "1 seam narrower than {width} m between {rows}, {m2} m2 in all:",
    "seams": "{n} seams narrower than {width} m between {rows}, {m2} m2 in all:",
    "one_sliver": "1 bare sliver narrower than {width} m between {rows}, {m2} m2 in all:",
    "slivers": "{n} bare slivers narrower than {width} m between {rows}, {m2} m2 in all:",
    "one_hole": "1 hole wider than {width} m between {rows}, {m2} m2 in all:",
    "holes": "{n} holes wider than {width} m between {rows}, {m2} m2 in all:",
    "heights_lost": "{n} of {total} {rows} lost their heights (Z).",
    "offset_removed": "The offset of {datum} was removed from {layer}, as declared.",
    "read_as_declared": "{layer}: read in {crs} as declared, its file says {stated}.",
    "crs_declared": "{layer}: its file names no CRS; read in {crs} as declared.",
    "layers_unread": "Layers that were not read, as their names are not canonical:",
    "layer_empty": "The layer {layer!r} has no rows and is read as absent.",
    "codes_of_18": "The codes of 18 digits in {column!r} are no ID numbers and are kept.",
    "personal_columns": "Columns of {layer} that look personal and were left out:",
    "read_as_meant": "Values of {column} in {layer} were read as the ones they stand for:",
    "read_as": "{file} was read as {encoding}.",
    "not_encoded": "{file} was read as GB18030, its text is not {declared}.",
    "columns_give_way": "Columns of {layer} that give way to the ones mapped to their names:",
    "rounded": "{n} of {total} values of {column} = {text} were rounded to whole numbers.",
    "files_unread": "Files that were not read, as the manifest names another for {layer}:",
    "kinds_lived_in": "Kinds of units that are not known are taken to be lived in:",
    "estimated": "The {measure:measure} of units are estimated, not counted: {total} in the totals "
    "of communities, spread by floor area and kind (homes 1, mixed {half}, others 0) over {n} of "
    "{units} units.",
    "joined_rows": "{matched} of {rows} rows of {table} went to {taken} of {units} units.",
    "rows_fit_none": "{n} of {total} rows of {table} fit no unit and were not counted:",
    "rows_fit_several": "{n} of {total} rows of {table} fit several units, or one that another "
    "row shares, and were not counted:",
    "units_without_row": "{n} of {total} units have no row in {table}:",
    "matched_by_spelling": "{n} rows of {table} were matched by another spelling:",
    "several_rows": "{n} units have several rows in {table}, whose numbers were added up:",
    "draw_missing": "draw what is missing; ground that stays bare goes to the units around it",
    "bottleneck_fix": "nothing, if they are drawn as they are; grids there have little choice",
    "island_fix": "close the gap around them, correct their community_id, or add a crossing",
    "piece_fix": "add the crossing that joins them; otherwise each piece is divided for itself",
    "copy_fix": "delete the copies, or draw the outlines that were meant",
    "sliver_fix": "merge them with a neighbor, or draw them again",
    "parts_fix": "make a row of each part, unless they belong together",
    "no_outline_median": "have no outline and count with {usual} m2, the median of the others",
    "no_floors_median": "have no floors and count with {usual} floors, the median of the others",
    "no_outline_at_all": "No unit has an outline: all count alike.",
    "no_floors_at_all": "No unit has floors: all count alike.",
    "no_units_for_total": "have {measure:measure} and no units, and theirs are left out",
    "outlines_changed": "{layer}: {changed} of {rows} outlines changed, {before} m2 "
    "became {after} ({change} m2)",
    "repair_written": "Written to {out}; each change is in its table '{table}'.",
    "personal_not_joined": "Columns of {table} that look personal and were not joined:",
    "rows_disagree": "{n} units have several rows in {table} that do not make one "
    "{column!r}, and are left without:",
    "rows_repeat": "{n} rows of {table} repeat another in every column and were all counted:",
    "of_file": "{file}: {what}",
    "rows_above": "Rows above the header were left out:",
    "names_joined": "Names of columns were joined from the rows of the header:",
    "columns_nameless": "Columns without a name go by their letter:",
    "columns_repeated": "Columns that share a name with one to their left got a number:",
    "rows_blank": "Blank rows were left out:",
    "notes_below": "Notes below the table were left out:",
    "n_cells": "{name} ({n} cells)",
    "cells_filled": "Merged cells were filled down:",
    "cells_first_only": "Numbers in merged cells stand in their first row only, the other "
    "rows have none:",
    "numbers_as_text": "Numbers kept as text were read as numbers in:",
    "numbers_rounded": "Numbers of 16 digits or more, which Excel has rounded, are read as empty; "
    "codes as long as that must be kept as text:",
    "row_of": "row {row} ({word})",
    "total_left_out": "1 row with a total was left out:",
    "totals_left_out": "{n} rows with totals were left out:",
    "totals_differ": "{n} totals differ from the sum of their rows, which counts:",
    "row_says": "row {row} says {stated}, its rows add up to {sum}",
    "sheet_read": "{file}: the sheet {sheet!r} was read, and not the others:",
    "cells_wrong": "{n} cells of {file} hold an error of Excel and are read as empty:",
    "place_unused": "{layer}: x, y and wkt of the manifest were not used, {file} has geometry.",
    "coordinates_in": "{layer}: coordinates are in {columns:and}.",
    "incident_columns": "Columns of incidents that were left out, as nothing counts them:",
    "by_id": "by unit_id",
    "by_name": "by the name of the unit",
    "by_point": "by a point in the unit",
    "by_nearest": "to the nearest unit within {reach} m",
    "n_joined": "{n} {way}",
    "incidents_joined": "{n} of {total} incidents were joined to units: {ways:comma}.",
    "incidents_unmet": "{n} of {total} incidents ({reports} reports) met no unit and are counted "
    "nowhere:",
    "incidents_all_unmet": "{n} of {total} incidents ({reports} reports) met no unit.",
    "reason_times": "{reason} ({n})",
    "no_unit_id": "no unit_id",
    "no_such_unit": "no unit {unit}",
    "far_off": "farther than {reach} m from every unit",
    "no_point": "no point",
    "both": "{parts:comma}",
    "curves_straight": "Curves of {layer} were drawn as straight pieces.",
    "measures_dropped": "Measures (M) of {layer} were dropped.",
    "flattened": "{n} of {total} {layer} lost their heights (Z) or measures (M).",
    "levels_odd": "{n} of {total} units have a number of levels that is not whole, not read:",
    "no_value": "no value",
    "no_day": "have no readable {column} and belong to no period",
    "bear_id": "have no {column} and bear their {meant}",
    "count_as": "have no {column} and count as {meant}",
}
